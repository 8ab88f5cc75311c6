package main

import (
	"strconv"
	"strings"

	"github.com/go-openapi/strfmt"
	"roadstead.test/harbor/client/immutable"
	"roadstead.test/harbor/client/preheat"
	"roadstead.test/harbor/client/quota"
	"roadstead.test/harbor/client/registry"
	"roadstead.test/harbor/client/replication"
	"roadstead.test/harbor/client/retention"
	"roadstead.test/harbor/client/scanner"
	"roadstead.test/harbor/client/webhook"
	"roadstead.test/harbor/models"
)

func quotas() {
	withProject("quotas", func(made *models.Project) {
		list := quota.NewListQuotasParams().WithReference(pointer("project")).WithReferenceID(pointer(strconv.Itoa(int(made.ProjectID))))
		found := must(api.Quota.ListQuotas(list, nil)).Payload
		hard := &models.QuotaUpdateReq{Hard: models.ResourceList{"storage": 1 << 30}}
		must(api.Quota.UpdateQuota(quota.NewUpdateQuotaParams().WithID(found[0].ID).WithHard(hard), nil))
		read := must(api.Quota.GetQuota(quota.NewGetQuotaParams().WithID(found[0].ID), nil)).Payload
		check("the quota", read.Hard, hard.Hard)
	})
}

func retentionPolicies() {
	metadata := must(api.Retention.GetRentenitionMetadata(retention.NewGetRentenitionMetadataParams(), nil)).Payload
	check("templates", len(metadata.Templates) > 0, true)
	withProject("retention", func(made *models.Project) {
		rule := &models.RetentionRule{
			Action:         "retain",
			Template:       "latestPushedK",
			Params:         map[string]any{"latestPushedK": 5},
			TagSelectors:   []*models.RetentionSelector{{Kind: "doublestar", Decoration: "matches", Pattern: "**"}},
			ScopeSelectors: map[string][]models.RetentionSelector{"repository": {{Kind: "doublestar", Decoration: "repoMatches", Pattern: "**"}}},
		}
		policy := &models.RetentionPolicy{
			Algorithm: "or",
			Rules:     []*models.RetentionRule{rule},
			Trigger:   &models.RetentionRuleTrigger{Kind: "Schedule", Settings: map[string]string{"cron": ""}},
			Scope:     &models.RetentionPolicyScope{Level: "project", Ref: int64(made.ProjectID)},
		}
		must(api.Retention.CreateRetention(retention.NewCreateRetentionParams().WithPolicy(policy), nil))
		id := madeID()
		check("the project's policy", readProject(made.Name).Metadata.RetentionID, strconv.FormatInt(id, 10))
		get := retention.NewGetRetentionParams().WithID(id)
		read := must(api.Retention.GetRetention(get, nil)).Payload
		read.Rules[0].Template = "always"
		read.Rules[0].Params = nil
		must(api.Retention.UpdateRetention(retention.NewUpdateRetentionParams().WithID(id).WithPolicy(read), nil))
		check("the rule", must(api.Retention.GetRetention(get, nil)).Payload.Rules[0].Template, "always")
		runs := must(api.Retention.ListRetentionExecutions(retention.NewListRetentionExecutionsParams().WithID(id), nil))
		check("the executions", len(runs.Payload), 0)
		must(api.Retention.DeleteRetention(retention.NewDeleteRetentionParams().WithID(id), nil))
	})
}

func immutability() {
	withProject("immutability", func(made *models.Project) {
		rule := &models.ImmutableRule{
			Action:         "immutable",
			Template:       "immutable_template",
			TagSelectors:   []*models.ImmutableSelector{{Kind: "doublestar", Decoration: "matches", Pattern: "keep-*"}},
			ScopeSelectors: map[string][]models.ImmutableSelector{"repository": {{Kind: "doublestar", Decoration: "repoMatches", Pattern: "**"}}},
		}
		create := immutable.NewCreateImmuRuleParams().WithProjectNameOrID(made.Name)
		must(api.Immutable.CreateImmuRule(create.WithImmutableRule(rule), nil))
		list := immutable.NewListImmuRulesParams().WithProjectNameOrID(made.Name)
		read := must(api.Immutable.ListImmuRules(list, nil)).Payload[0]
		check("the pattern", read.TagSelectors[0].Pattern, "keep-*")
		read.TagSelectors[0].Pattern = "v*"
		update := immutable.NewUpdateImmuRuleParams().WithProjectNameOrID(made.Name).WithImmutableRuleID(read.ID)
		must(api.Immutable.UpdateImmuRule(update.WithImmutableRule(read), nil))
		check("the pattern", must(api.Immutable.ListImmuRules(list, nil)).Payload[0].TagSelectors[0].Pattern, "v*")
		remove := immutable.NewDeleteImmuRuleParams().WithProjectNameOrID(made.Name).WithImmutableRuleID(read.ID)
		must(api.Immutable.DeleteImmuRule(remove, nil))
		check("the rules", len(must(api.Immutable.ListImmuRules(list, nil)).Payload), 0)
	})
}

func webhooks() {
	withProject("webhooks", func(made *models.Project) {
		events := webhook.NewGetSupportedEventTypesParams().WithProjectNameOrID(made.Name)
		check("events", len(must(api.Webhook.GetSupportedEventTypes(events, nil)).Payload.EventType) > 5, true)
		target := &models.WebhookTargetObject{Type: "http", Address: "https://hooks.example.com/x"}
		policy := &models.WebhookPolicy{Name: "walked", Enabled: true, EventTypes: []string{"PUSH_ARTIFACT"}, Targets: []*models.WebhookTargetObject{target}}
		create := webhook.NewCreateWebhookPolicyOfProjectParams().WithProjectNameOrID(made.Name)
		must(api.Webhook.CreateWebhookPolicyOfProject(create.WithPolicy(policy), nil))
		id := madeID()
		get := webhook.NewGetWebhookPolicyOfProjectParams().WithProjectNameOrID(made.Name).WithWebhookPolicyID(id)
		read := must(api.Webhook.GetWebhookPolicyOfProject(get, nil)).Payload
		check("the policy", []string{read.Name, read.Targets[0].Address, read.Creator}, []string{"walked", target.Address, username})
		read.Description = "changed"
		update := webhook.NewUpdateWebhookPolicyOfProjectParams().WithProjectNameOrID(made.Name).WithWebhookPolicyID(id)
		must(api.Webhook.UpdateWebhookPolicyOfProject(update.WithPolicy(read), nil))
		list := webhook.NewListWebhookPoliciesOfProjectParams().WithProjectNameOrID(made.Name)
		check("the list", must(api.Webhook.ListWebhookPoliciesOfProject(list, nil)).Payload[0].Description, "changed")
		remove := webhook.NewDeleteWebhookPolicyOfProjectParams().WithProjectNameOrID(made.Name).WithWebhookPolicyID(id)
		must(api.Webhook.DeleteWebhookPolicyOfProject(remove, nil))
		gone, err := api.Webhook.GetWebhookPolicyOfProject(get, nil)
		mustBeGone("the policy", gone, err)
	})
}

// withRegistry takes the server itself for the registry of somebody else.
func withRegistry(suffix string, do func(*models.Registry)) {
	credential := &models.RegistryCredential{Type: "basic", AccessKey: username, AccessSecret: password}
	origin := strings.TrimSuffix(address.String(), "/api/v2.0")
	wanted := &models.Registry{Name: slug + "-" + suffix, Type: "harbor", URL: origin, Insecure: true, Credential: credential}
	must(api.Registry.CreateRegistry(registry.NewCreateRegistryParams().WithRegistry(wanted), nil))
	list := registry.NewListRegistriesParams().WithQ(pointer("name=" + wanted.Name))
	made := must(api.Registry.ListRegistries(list, nil)).Payload[0]
	defer func() { must(api.Registry.DeleteRegistry(registry.NewDeleteRegistryParams().WithID(made.ID), nil)) }()
	do(made)
}

func registries() {
	kinds := must(api.Registry.ListRegistryProviderTypes(registry.NewListRegistryProviderTypesParams(), nil)).Payload
	check("kinds", len(kinds) > 1, true)
	withRegistry("registry", func(made *models.Registry) {
		must(api.Registry.PingRegistry(registry.NewPingRegistryParams().WithRegistry(&models.RegistryPing{ID: made.ID}), nil))
		update := registry.NewUpdateRegistryParams().WithID(made.ID)
		must(api.Registry.UpdateRegistry(update.WithRegistry(&models.RegistryUpdate{Description: "walked", Insecure: true}), nil))
		read := must(api.Registry.GetRegistry(registry.NewGetRegistryParams().WithID(made.ID), nil)).Payload
		check("the registry", []string{read.Type, read.Description, read.Credential.AccessKey}, []string{"harbor", "walked", username})
		check("the secret is shown", read.Credential.AccessSecret == password, false)
		must(api.Registry.GetRegistryInfo(registry.NewGetRegistryInfoParams().WithID(made.ID), nil))
	})
}

func replicationRules() {
	withRegistry("source", func(source *models.Registry) {
		wanted := &models.ReplicationPolicy{
			Name:          slug + "-rule",
			SrcRegistry:   &models.Registry{ID: source.ID},
			DestNamespace: home,
			Trigger:       &models.ReplicationTrigger{Type: "manual"},
			Filters:       []*models.ReplicationFilter{{Type: "name", Value: "library/**"}},
			Enabled:       true,
			Override:      true,
		}
		must(api.Replication.CreateReplicationPolicy(replication.NewCreateReplicationPolicyParams().WithPolicy(wanted), nil))
		id := madeID()
		defer func() {
			must(api.Replication.DeleteReplicationPolicy(replication.NewDeleteReplicationPolicyParams().WithID(id), nil))
		}()
		read := must(api.Replication.GetReplicationPolicy(replication.NewGetReplicationPolicyParams().WithID(id), nil)).Payload
		check("the rule", []any{read.Name, read.SrcRegistry.ID, read.Filters[0].Value}, []any{wanted.Name, source.ID, "library/**"})
		read.Description = "walked"
		must(api.Replication.UpdateReplicationPolicy(replication.NewUpdateReplicationPolicyParams().WithID(id).WithPolicy(read), nil))
		list := replication.NewListReplicationPoliciesParams().WithQ(pointer("name=" + wanted.Name))
		check("the list", must(api.Replication.ListReplicationPolicies(list, nil)).Payload[0].Description, "walked")
		runs := replication.NewListReplicationExecutionsParams().WithPolicyID(&id)
		check("the executions", len(must(api.Replication.ListReplicationExecutions(runs, nil)).Payload), 0)
	})
}

func scanners() {
	name := slug + "-scanner"
	wanted := &models.ScannerRegistrationReq{Name: &name, URL: pointer(strfmt.URI("http://127.0.0.1:9/")), Disabled: pointer(true)}
	must(api.Scanner.CreateScanner(scanner.NewCreateScannerParams().WithRegistration(wanted), nil))
	id := recorder.location[strings.LastIndex(recorder.location, "/")+1:]
	defer func() { must(api.Scanner.DeleteScanner(scanner.NewDeleteScannerParams().WithRegistrationID(id), nil)) }()
	wanted.Description = "walked"
	must(api.Scanner.UpdateScanner(scanner.NewUpdateScannerParams().WithRegistrationID(id).WithRegistration(wanted), nil))
	read := must(api.Scanner.GetScanner(scanner.NewGetScannerParams().WithRegistrationID(id), nil)).Payload
	check("the scanner", []string{read.Name, read.Description, string(read.URL)}, []string{name, "walked", "http://127.0.0.1:9/"})
	list := must(api.Scanner.ListScanners(scanner.NewListScannersParams().WithQ(pointer("name="+name)), nil)).Payload
	check("the list", list[0].UUID, id)
}

func preheatInstances() {
	check("providers", len(must(api.Preheat.ListProviders(preheat.NewListProvidersParams(), nil)).Payload) > 0, true)
	name := slug + "-preheat"
	wanted := &models.Instance{Name: name, Vendor: "dragonfly", Endpoint: "http://127.0.0.1:9", AuthMode: "NONE", Enabled: true}
	must(api.Preheat.CreateInstance(preheat.NewCreateInstanceParams().WithInstance(wanted), nil))
	defer func() {
		must(api.Preheat.DeleteInstance(preheat.NewDeleteInstanceParams().WithPreheatInstanceName(name), nil))
	}()
	get := preheat.NewGetInstanceParams().WithPreheatInstanceName(name)
	read := must(api.Preheat.GetInstance(get, nil)).Payload
	check("the vendor", read.Vendor, "dragonfly")
	read.Description = "walked"
	must(api.Preheat.UpdateInstance(preheat.NewUpdateInstanceParams().WithPreheatInstanceName(name).WithInstance(read), nil))
	check("the description", must(api.Preheat.GetInstance(get, nil)).Payload.Description, "walked")
}
