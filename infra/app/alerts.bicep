// What an operator is woken for. The messages are those the app and the Functions host log; a test looks for each of
// ours in the source.
import { feature } from 'types.bicep'

@description('Required. Region.')
param location string

@description('Required. Tags.')
param tags object

@description('Required. Start of every rule name.')
param namePrefix string

@description('Required. Workspace with the logs.')
param workspaceId string

@description('Required. Who is told.')
param actionGroupId string

@description('Required. What the app can do beyond reading incidents.')
param features feature[]

// severity: 0 critical to 4 verbose. A rule fires when its query gives any row.
var rules = [
  {
    name: 'relay-silent'
    when: []
    severity: 1
    window: 'PT30M'
    every: 'PT10M'
    title: 'No scheduled run for 30 minutes'
    query: 'AppRequests | where Name == "scheduledSync" and Success == true | summarize runs = sum(ItemCount) | where runs == 0'
  }
  {
    name: 'run-failed'
    when: []
    severity: 2
    window: 'PT30M'
    every: 'PT15M'
    title: 'Runs fail'
    query: 'AppRequests | where Success == false and Name in ("scheduledSync", "syncTenants", "syncOne", "planShards", "syncShard", "syncTenant", "closeRun", "scheduledReconcile", "reconcileTenants", "scheduledSweep", "scheduledPurge", "purgeTenants", "scheduledPartners") | summarize failures = sum(ItemCount) by Name | where failures >= 3'
  }
  {
    name: 'run-broken-off'
    when: []
    severity: 2
    window: 'PT30M'
    every: 'PT15M'
    title: 'The run of a tenant broke off on a fault of ours'
    query: 'AppTraces | where Message startswith "tenant run broke off" | summarize times = sum(ItemCount) | where times > 0'
  }
  {
    name: 'tenant-silent'
    when: []
    severity: 2
    window: 'PT2H'
    every: 'PT30M'
    title: 'A tenant has not been read for two hours'
    query: 'AppTraces | where Message startswith "tenant not read" | extend fields = parse_json(substring(Message, indexof(Message, "{"))) | summarize times = sum(ItemCount), first = min(TimeGenerated), latest = max(TimeGenerated), code = take_any(tostring(fields.code)) by tenantId = tostring(fields.tenantId) | where times >= 3 and latest - first > 90m'
  }
  {
    name: 'found-late'
    when: []
    severity: 1
    window: 'PT2H'
    every: 'PT30M'
    title: 'A deep read found incidents that should have been stored'
    query: 'AppTraces | where Message startswith "incidents found late" | extend fields = parse_json(substring(Message, indexof(Message, "{"))) | summarize versions = sum(toint(fields["count"])) by tenantId = tostring(fields.tenantId)'
  }
  {
    name: 'poison-messages'
    when: []
    severity: 1
    window: 'PT30M'
    every: 'PT15M'
    title: 'Messages went to a poison queue'
    query: 'AppTraces | where Message has "MaxDequeueCount" and Message has "poison" | summarize messages = sum(ItemCount) | where messages > 0'
  }
  {
    name: 'dead-letters'
    when: ['deliveries']
    severity: 2
    window: 'PT30M'
    every: 'PT15M'
    title: 'Deliveries went to the dead letter'
    query: 'AppTraces | where Message startswith "delivery is dead" | summarize deliveries = sum(ItemCount) | where deliveries > 0'
  }
  {
    name: 'vault-denied'
    when: []
    severity: 1
    window: 'PT30M'
    every: 'PT15M'
    title: 'A vault denied someone'
    query: 'AZKVAuditLogs | where HttpStatusCode == 403 | summarize times = count() by CallerIpAddress, OperationName'
  }
  {
    name: 'failing-requests'
    when: []
    severity: 2
    window: 'PT30M'
    every: 'PT15M'
    title: 'Our API answers with faults of ours'
    query: 'AppTraces | where Message startswith "Request failed" | summarize times = sum(ItemCount) | where times >= 5'
  }
]

var chosen = filter(rules, rule => empty(filter(rule.when, condition => !contains(features, condition))))

resource rule 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for one in chosen: {
    name: '${namePrefix}-${one.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: one.title
      description: '${one.title}. What to do: docs/deploy.md, "When an alert comes".'
      enabled: true
      severity: one.severity
      evaluationFrequency: one.every
      windowSize: one.window
      scopes: [workspaceId]
      autoMitigate: true
      // Tables such as AZKVAuditLogs do not exist before their first row.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: one.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: { actionGroups: [actionGroupId] }
    }
  }
]
