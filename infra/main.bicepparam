// The parameters of an environment, out of environment variables: azd sets them from `azd env set NAME value`, and
// `az deployment sub create -p infra/main.bicepparam` reads those of the shell. docs/deploy.md lists them.
using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'dev')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param operatorPrincipalId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param operatorType = readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', 'User')

param credential = readEnvironmentVariable('RELAY_CREDENTIAL', 'secret')
param registrationLayout = readEnvironmentVariable('RELAY_REGISTRATION_LAYOUT', 'separate')
param createAppRegistration = bool(readEnvironmentVariable('RELAY_CREATE_APP_REGISTRATION', 'true'))
param existingClientIds = json(readEnvironmentVariable('RELAY_EXISTING_CLIENT_IDS', '{}'))

param alwaysReadyDurable = int(readEnvironmentVariable('RELAY_ALWAYS_READY_DURABLE', '1'))
param privateNetworking = bool(readEnvironmentVariable('RELAY_PRIVATE_NETWORKING', 'false'))
param dataRedundancy = readEnvironmentVariable('RELAY_DATA_REDUNDANCY', 'ZRS')

param alertEmails = filter(split(readEnvironmentVariable('RELAY_ALERT_EMAILS', ''), ','), email => email != '')
param budgetAmount = int(readEnvironmentVariable('RELAY_BUDGET_AMOUNT', '0'))
param budgetStart = readEnvironmentVariable('RELAY_BUDGET_START', '')
