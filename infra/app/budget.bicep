// A warning about cost; it stops nothing.

@description('Required. Name of the budget.')
param name string

@description('Required. Amount a month in the currency of the subscription.')
@minValue(1)
param amount int

@description('Required. First of a month, as 2026-11-01. A fixed value: deploying again must not move it.')
param start string

@description('Required. Who is told.')
param actionGroupId string

resource budget 'Microsoft.Consumption/budgets@2024-08-01' = {
  name: name
  properties: {
    category: 'Cost'
    timeGrain: 'Monthly'
    amount: amount
    timePeriod: { startDate: start }
    notifications: {
      spent80: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: []
        contactGroups: [actionGroupId]
      }
      forecast100: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: []
        contactGroups: [actionGroupId]
      }
    }
  }
}
