// Logs and telemetry: one workspace with a daily cap, one Application Insights that takes Entra tokens only.

@description('Required. Name of the workspace.')
param workspaceName string

@description('Required. Name of the Application Insights component.')
param componentName string

@description('Required. Region.')
param location string

@description('Required. Tags.')
param tags object

@description('Required. Days for which logs are kept.')
@minValue(30)
@maxValue(730)
param retentionDays int

@description('Required. Gigabytes a day after which the workspace takes no more until the next day. It protects the bill, not the app: alerts see nothing after it.')
param dailyCapGb int

@description('Required. Share of the telemetry that is kept, in percent; host.json samples before this.')
@minValue(1)
@maxValue(100)
param samplingPercentage int

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    workspaceCapping: { dailyQuotaGb: dailyCapGb }
    features: { disableLocalAuth: true }
  }
}

resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: componentName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
    SamplingPercentage: samplingPercentage
  }
}

@description('Resource id of the workspace.')
output workspaceId string = workspace.id

@description('Name of the Application Insights component.')
output componentName string = component.name

@description('Where telemetry goes. It holds no right: without an Entra token of an identity that may publish, nothing is taken.')
output telemetryEndpoint string = component.properties.ConnectionString
