package main

import (
	"roadstead.test/harbor/client/auditlog"
	"roadstead.test/harbor/client/configure"
	"roadstead.test/harbor/client/gc"
	"roadstead.test/harbor/client/health"
	"roadstead.test/harbor/client/ping"
	"roadstead.test/harbor/client/purge"
	"roadstead.test/harbor/client/scan_all"
	"roadstead.test/harbor/client/search"
	"roadstead.test/harbor/client/statistic"
	"roadstead.test/harbor/client/system_c_v_e_allowlist"
	"roadstead.test/harbor/client/systeminfo"
	"roadstead.test/harbor/models"
)

// walkSchedule is the life that all schedules have.
func walkSchedule(parameters map[string]any, read func() *models.ScheduleObj, create, update func(*models.Schedule)) {
	write := func(kind, cron string) *models.Schedule {
		return &models.Schedule{Schedule: &models.ScheduleObj{Type: kind, Cron: cron}, Parameters: parameters}
	}
	create(write("Weekly", "0 0 0 * * 0"))
	made := read()
	check("the schedule", []string{made.Type, made.Cron}, []string{"Weekly", "0 0 0 * * 0"})
	update(write("Custom", "0 30 4 * * 6"))
	check("the changed schedule", read().Cron, "0 30 4 * * 6")
	update(write("None", ""))
}

func garbageCollection() {
	read := func() *models.ScheduleObj {
		return must(api.Gc.GetGCSchedule(gc.NewGetGCScheduleParams(), nil)).Payload.Schedule
	}
	create := func(wanted *models.Schedule) {
		must(api.Gc.CreateGCSchedule(gc.NewCreateGCScheduleParams().WithSchedule(wanted), nil))
	}
	update := func(wanted *models.Schedule) {
		must(api.Gc.UpdateGCSchedule(gc.NewUpdateGCScheduleParams().WithSchedule(wanted), nil))
	}
	walkSchedule(map[string]any{"delete_untagged": true, "workers": 1}, read, create, update)
	must(api.Gc.GetGCHistory(gc.NewGetGCHistoryParams(), nil))
}

func auditLogPurge() {
	read := func() *models.ScheduleObj {
		return must(api.Purge.GetPurgeSchedule(purge.NewGetPurgeScheduleParams(), nil)).Payload.Schedule
	}
	create := func(wanted *models.Schedule) {
		must(api.Purge.CreatePurgeSchedule(purge.NewCreatePurgeScheduleParams().WithSchedule(wanted), nil))
	}
	update := func(wanted *models.Schedule) {
		must(api.Purge.UpdatePurgeSchedule(purge.NewUpdatePurgeScheduleParams().WithSchedule(wanted), nil))
	}
	parameters := map[string]any{"audit_retention_hour": 24, "include_event_types": "create_project", "dry_run": true}
	walkSchedule(parameters, read, create, update)
	must(api.Purge.GetPurgeHistory(purge.NewGetPurgeHistoryParams(), nil))
}

func scanAll() {
	read := func() *models.ScheduleObj {
		return must(api.ScanAll.GetScanAllSchedule(scan_all.NewGetScanAllScheduleParams(), nil)).Payload.Schedule
	}
	create := func(wanted *models.Schedule) {
		must(api.ScanAll.CreateScanAllSchedule(scan_all.NewCreateScanAllScheduleParams().WithSchedule(wanted), nil))
	}
	update := func(wanted *models.Schedule) {
		must(api.ScanAll.UpdateScanAllSchedule(scan_all.NewUpdateScanAllScheduleParams().WithSchedule(wanted), nil))
	}
	walkSchedule(nil, read, create, update)
	must(api.ScanAll.GetLatestScanAllMetrics(scan_all.NewGetLatestScanAllMetricsParams(), nil))
}

func auditLog() {
	withProject("audit", func(made *models.Project) {
		q := pointer("resource=" + made.Name)
		list := must(api.Auditlog.ListAuditLogExts(auditlog.NewListAuditLogExtsParams().WithQ(q), nil)).Payload
		check("the entry", []string{list[0].Operation, list[0].ResourceType, list[0].Username}, []string{"create", "project", username})
		old := must(api.Auditlog.ListAuditLogs(auditlog.NewListAuditLogsParams().WithQ(q), nil)).Payload
		check("the old list", old[0].Operation, "create")
		types := must(api.Auditlog.ListAuditLogEventTypes(auditlog.NewListAuditLogEventTypesParams(), nil)).Payload
		check("event types", len(types) > 5, true)
	})
}

func searchAll() {
	found := must(api.Search.Search(search.NewSearchParams().WithQ(slug), nil)).Payload
	check("the repository", found.Repository[0].RepositoryName, home+"/"+slug+"/app")
	found = must(api.Search.Search(search.NewSearchParams().WithQ(home), nil)).Payload
	check("the project", found.Project[0].Name, home)
}

func statistics() {
	read := func() *models.Statistic {
		return must(api.Statistic.GetStatistic(statistic.NewGetStatisticParams(), nil)).Payload
	}
	before := read().TotalProjectCount
	withProject("statistics", func(*models.Project) { check("the projects", read().TotalProjectCount, before+1) })
}

func systemInfo() {
	info := must(api.Systeminfo.GetSystemInfo(systeminfo.NewGetSystemInfoParams(), nil)).Payload
	check("version and mode", info.HarborVersion != "" && info.AuthMode != "", true)
	check("volumes", len(must(api.Systeminfo.GetVolumes(systeminfo.NewGetVolumesParams(), nil)).Payload.Storage) > 0, true)
	check("the ping", must(api.Ping.GetPing(ping.NewGetPingParams(), nil)).Payload, "Pong")
	check("the health", must(api.Health.GetHealth(health.NewGetHealthParams(), nil)).Payload.Status, "healthy")
}

func configuration() {
	read := func() int64 {
		return must(api.Configure.GetConfigurations(configure.NewGetConfigurationsParams(), nil)).Payload.SessionTimeout.Value
	}
	write := func(minutes int64) {
		wanted := &models.Configurations{SessionTimeout: minutes}
		must(api.Configure.UpdateConfigurations(configure.NewUpdateConfigurationsParams().WithConfigurations(wanted), nil))
	}
	before := read()
	defer write(before)
	write(before + 1)
	check("the timeout", read(), before+1)
}

func cveAllowlist() {
	read := func() *models.CVEAllowlist {
		return must(api.SystemcveAllowlist.GetSystemCVEAllowlist(system_c_v_e_allowlist.NewGetSystemCVEAllowlistParams(), nil)).Payload
	}
	write := func(items []*models.CVEAllowlistItem) {
		wanted := &models.CVEAllowlist{Items: items}
		must(api.SystemcveAllowlist.PutSystemCVEAllowlist(system_c_v_e_allowlist.NewPutSystemCVEAllowlistParams().WithAllowlist(wanted), nil))
	}
	before := read().Items
	defer write(before)
	write([]*models.CVEAllowlistItem{{CveID: "CVE-2020-0001"}})
	check("the list", read().Items[0].CveID, "CVE-2020-0001")
}
