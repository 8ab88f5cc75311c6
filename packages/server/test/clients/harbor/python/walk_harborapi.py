"""Walks one part of Harbor's API with harborapi: walk_harborapi.py PART. Ends with 1 and the reason when anything is not as it should be."""

import asyncio
import contextlib
import os
import sys

from harborapi import HarborAsyncClient
from harborapi import models as m
from harborapi.exceptions import NotFound

API = os.environ["HARBOR_API"]
SLUG = os.environ["WALK_SLUG"]
PROJECT = os.environ["WALK_PROJECT"]
USERNAME = os.environ["HARBOR_USERNAME"]
PASSWORD = os.environ["HARBOR_PASSWORD"]
REPOSITORY = f"{SLUG}/app"
ORIGIN = API.removesuffix("/api/v2.0")

answers = []


async def look_at(response):
    """Every answer has a request id; the first address that is not served is remembered."""
    assert response.headers.get("x-request-id"), f"{response.url} has no X-Request-Id"
    await response.aread()
    answers.append(response)


def check(what, found, expected):
    assert found == expected, f"{what} is {found!r}, not {expected!r}"


def id_of(location):
    """Of what a Location names."""
    return int(location.rsplit("/", 1)[1])


async def must_be_gone(reading, what):
    try:
        await reading
    except NotFound as error:
        assert error.errors[0].code == "NOT_FOUND", error
        return
    raise AssertionError(f"{what} is still there")


@contextlib.asynccontextmanager
async def a_project(harbor, suffix):
    name = f"{SLUG}-{suffix}"
    await harbor.create_project(m.ProjectReq(project_name=name, metadata=m.ProjectMetadata(public="false")))
    try:
        yield await harbor.get_project(name)
    finally:
        await harbor.delete_project(name)


@contextlib.asynccontextmanager
async def a_user(harbor, suffix):
    name = f"{SLUG}-{suffix}"
    user = m.UserCreationReq(username=name, realname="Walker", email=f"{name}@example.com", password="Walk-the-api-1")
    number = id_of(await harbor.create_user(user))
    try:
        yield number, name
    finally:
        await harbor.delete_user(number)


async def projects(harbor):
    async with a_project(harbor, "projects") as project:
        check("the name", project.name, f"{SLUG}-projects")
        check("public", project.metadata.public, "false")
        check("the owner", project.owner_name, USERNAME)
        check("the project by its id", await harbor.get_project(project.project_id), project)
        assert await harbor.project_exists(project.name)
        await harbor.update_project(project.name, m.ProjectReq(metadata=m.ProjectMetadata(public="true")))
        found = await harbor.get_projects(query=f"name={project.name}", with_detail=True)
        check("the list", [(each.name, each.metadata.public) for each in found], [(project.name, "true")])
        check("the list by name", [p.name for p in await harbor.get_projects(name=project.name)], [project.name])
        assert len(await harbor.get_projects(page_size=1, sort="-name")) >= 3, "paging by links does not bring all"
        assert (await harbor.get_project_deletable(project.name)).deletable
        check("repositories of the summary", (await harbor.get_project_summary(project.name)).repo_count, 0)
        check("artifacts", await harbor.get_project_artifacts(project.name), [])
        logs = await harbor.get_project_logs(project.name)
        assert any(each.operation == "create" for each in logs), logs
    assert not await harbor.project_exists(f"{SLUG}-projects")


async def project_metadata(harbor):
    async with a_project(harbor, "metadata") as project:
        await harbor.set_project_metadata(project.name, m.ProjectMetadata(auto_scan="true"))
        check("auto_scan", (await harbor.get_project_metadata(project.name)).auto_scan, "true")
        changed = m.ProjectMetadata(auto_scan="false")
        await harbor.update_project_metadata_entry(project.name, "auto_scan", changed)
        check("the entry", await harbor.get_project_metadata_entry(project.name, "auto_scan"), {"auto_scan": "false"})
        await harbor.delete_project_metadata_entry(project.name, "auto_scan")
        check("auto_scan", (await harbor.get_project_metadata(project.name)).auto_scan, None)


async def members(harbor):
    async with a_project(harbor, "members") as project, a_user(harbor, "member") as (user, name):
        member = id_of(await harbor.add_project_member_user(project.name, name, 2))
        read = await harbor.get_project_member(project.name, member)
        check("the member", (read.entity_name, read.entity_type, read.role_id), (name, "u", 2))
        await harbor.update_project_member_role(project.name, member, 4)
        found = await harbor.get_project_members(project.name, entity_name=name)
        check("the list", [(each.entity_id, each.role_name) for each in found], [(user, "maintainer")])
        await harbor.remove_project_member(project.name, member)
        await must_be_gone(harbor.get_project_member(project.name, member), "the member")


async def users(harbor):
    async with a_user(harbor, "user") as (number, name):
        read = await harbor.get_user(number)
        check("the user", (read.username, read.email, read.sysadmin_flag), (name, f"{name}@example.com", False))
        check("the user by name", (await harbor.get_user_by_username(name)).user_id, number)
        check("the search", [each.user_id for each in await harbor.search_users_by_username(name)], [number])
        profile = m.UserProfile(email=f"{name}@example.org", realname="Changed", comment="walked")
        await harbor.update_user(number, profile)
        await harbor.set_user_admin(number, True)
        read = await harbor.get_user(number)
        seen = (read.email, read.realname, read.comment, read.sysadmin_flag)
        check("the changed user", seen, (f"{name}@example.org", "Changed", "walked", True))
        await harbor.set_user_password(number, "Walk-the-api-2")
        theirs = HarborAsyncClient(API, username=name, secret="Walk-the-api-2")
        check("who signed in", (await theirs.get_current_user()).user_id, number)
        assert await theirs.get_current_user_permissions(scope="/project/1", relative=True) is not None
        assert any(each.user_id == number for each in await harbor.get_users(query=f"username=~{SLUG}"))
    await must_be_gone(harbor.get_user(number), "the user")


async def user_groups(harbor):
    name = f"{SLUG}-group"
    number = id_of(await harbor.create_usergroup(m.UserGroup(group_name=name, group_type=3)))
    try:
        read = await harbor.get_usergroup(number)
        check("the group", (read.group_name, read.group_type), (name, 3))
        await harbor.update_usergroup(number, m.UserGroup(group_name=f"{name}-2", group_type=3))
        check("the search", [each.id for each in await harbor.search_usergroups(f"{name}-2")], [number])
        assert any(each.group_name == f"{name}-2" for each in await harbor.get_usergroups())
        async with a_project(harbor, "groups") as project:
            member = id_of(await harbor.add_project_member_group(project.name, number, 3))
            read = await harbor.get_project_member(project.name, member)
            check("the member", (read.entity_type, read.entity_id), ("g", number))
    finally:
        await harbor.delete_usergroup(number)
    await must_be_gone(harbor.get_usergroup(number), "the group")


async def robots(harbor):
    pull = m.Access(resource="repository", action="pull")
    read = m.Access(resource="project", action="read")
    permission = m.RobotPermission(kind="project", namespace=PROJECT, access=[pull, read])
    wanted = m.RobotCreate(name=f"{SLUG}-robot", level="system", duration=1, permissions=[permission])
    made = await harbor.create_robot(wanted)
    try:
        read = await harbor.get_robot(made.id)
        check("the name", read.name, made.name)
        check("the rights", sorted(each.action for each in read.permissions[0].access), ["pull", "read"])
        theirs = HarborAsyncClient(API, username=made.name, secret=made.secret)
        assert (await theirs.get_project(PROJECT)).name == PROJECT
        read.description = "walked"
        read.disable = True
        await harbor.update_robot(made.id, read)
        read = await harbor.get_robot(made.id)
        check("the changed robot", (read.description, read.disable), ("walked", True))
        check("the secret", (await harbor.refresh_robot_secret(made.id, "Walk-the-api-3")).secret in ("", None), True)
        assert any(each.id == made.id for each in await harbor.get_robots(query="Level=system"))
    finally:
        await harbor.delete_robot(made.id)
    await must_be_gone(harbor.get_robot(made.id), "the robot")
    async with a_project(harbor, "robots") as project:
        permission = m.RobotPermission(kind="project", namespace=project.name, access=[pull])
        wanted = m.RobotCreate(name="walker", level="project", duration=-1, permissions=[permission])
        made = await harbor.create_robot(wanted)
        query = f"Level=project,ProjectID={project.project_id}"
        check("the project's robots", [each.id for each in await harbor.get_robots(query=query)], [made.id])
        await harbor.delete_robot(made.id)


async def labels(harbor):
    wanted = m.Label(name=f"{SLUG}-label", color="#0065AB", description="walked", scope="g")
    number = id_of(await harbor.create_label(wanted))
    try:
        read = await harbor.get_label(number)
        check("the label", (read.name, read.color, read.scope), (wanted.name, "#0065AB", "g"))
        read.color = "#EB5757"
        await harbor.update_label(number, read)
        found = await harbor.get_labels(scope="g", name=wanted.name)
        check("the list", [(each.id, each.color) for each in found], [(number, "#EB5757")])
        reference = (PROJECT, REPOSITORY, "v1")
        await harbor.add_artifact_label(*reference, m.Label(id=number))
        artifact = await harbor.get_artifact(*reference, with_label=True)
        check("the artifact's labels", [each.id for each in artifact.labels or []], [number])
        found = await harbor.get_artifacts(PROJECT, REPOSITORY, query=f"labels=({number})")
        check("the artifacts with the label", [each.digest for each in found], [artifact.digest])
        await harbor.delete_artifact_label(*reference, number)
        check("the labels then", (await harbor.get_artifact(*reference, with_label=True)).labels or [], [])
    finally:
        await harbor.delete_label(number)
    await must_be_gone(harbor.get_label(number), "the label")


async def repositories(harbor):
    read = await harbor.get_repository(PROJECT, REPOSITORY)
    check("the name", read.name, f"{PROJECT}/{REPOSITORY}")
    check("its artifacts", read.artifact_count >= 2, True)
    await harbor.update_repository(PROJECT, REPOSITORY, m.Repository(description="walked"))
    found = await harbor.get_repositories(PROJECT, query=f"name=~{SLUG}/app")
    check("the list", [(each.id, each.description) for each in found], [(read.id, "walked")])


async def artifacts(harbor):
    image = await harbor.get_artifact(PROJECT, REPOSITORY, "v1", with_tag=True, with_accessory=True)
    check("the type", image.type, "IMAGE")
    check("the tags", [each.name for each in image.tags], ["v1"])
    check("the platform", image.extra_attrs.root.get("architecture"), "amd64")
    check("the artifact by its digest", (await harbor.get_artifact(PROJECT, REPOSITORY, image.digest)).id, image.id)
    # What crane pushes is an index around the index.
    outer = await harbor.get_artifact(PROJECT, REPOSITORY, "multi")
    index = await harbor.get_artifact(PROJECT, REPOSITORY, outer.references[0].child_digest)
    check("the platforms", sorted(each.platform.architecture for each in index.references), ["amd64", "arm64"])
    found = await harbor.get_artifacts(PROJECT, REPOSITORY, query="tags=v1", with_tag=True, with_label=True)
    check("the list", [each.digest for each in found], [image.digest])
    history = await harbor.get_artifact_build_history(PROJECT, REPOSITORY, "v1")
    assert isinstance(history, list), history
    check("the accessories", await harbor.get_artifact_accessories(PROJECT, REPOSITORY, "v1"), [])
    copy = f"{SLUG}/copy"
    await harbor.copy_artifact(PROJECT, copy, f"{PROJECT}/{REPOSITORY}:v1")
    await harbor.copy_artifact(PROJECT, copy, f"{PROJECT}/{REPOSITORY}:multi")
    check("the copy", (await harbor.get_artifact(PROJECT, copy, "v1")).digest, image.digest)
    await harbor.delete_artifact(PROJECT, copy, "multi")
    await must_be_gone(harbor.get_artifact(PROJECT, copy, "multi"), "the copy")
    await harbor.delete_repository(PROJECT, copy)
    await must_be_gone(harbor.get_repository(PROJECT, copy), "the repository")


async def tags(harbor):
    reference = (PROJECT, REPOSITORY, "v1")
    await harbor.create_artifact_tag(*reference, m.Tag(name="walked"))
    found = await harbor.get_artifact_tags(*reference, with_immutable_status=True)
    check("the tags", sorted(each.name for each in found), ["v1", "walked"])
    image = await harbor.get_artifact(PROJECT, REPOSITORY, "walked")
    check("the tag", image.digest, (await harbor.get_artifact(*reference)).digest)
    await harbor.delete_artifact_tag(*reference, "walked")
    check("the tags then", [each.name for each in await harbor.get_artifact_tags(*reference)], ["v1"])


async def quotas(harbor):
    async with a_project(harbor, "quotas") as project:
        found = await harbor.get_quotas(reference="project", reference_id=str(project.project_id))
        check("the list", [each.ref.root["name"] for each in found], [project.name])
        wanted = m.QuotaUpdateReq(hard=m.ResourceList({"storage": 1 << 30}))
        await harbor.update_quota(found[0].id, wanted)
        check("the quota", (await harbor.get_quota(found[0].id)).hard.root, {"storage": 1 << 30})
        summary = await harbor.get_project_summary(project.name)
        check("the quota of the summary", summary.quota.hard.root, {"storage": 1 << 30})


def selectors():
    return {
        "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "keep-*"}],
        "scope_selectors": {"repository": [{"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}]},
    }


async def retention(harbor):
    assert (await harbor.get_retention_metadata()).templates
    async with a_project(harbor, "retention") as project:
        rule = {"action": "retain", "template": "latestPushedK", "params": {"latestPushedK": 5}, **selectors()}
        policy = m.RetentionPolicy.model_validate(
            {
                "algorithm": "or",
                "rules": [rule],
                "trigger": {"kind": "Schedule", "settings": {"cron": ""}},
                "scope": {"level": "project", "ref": project.project_id},
            }
        )
        number = id_of(await harbor.create_retention_policy(policy))
        check("the project's policy", await harbor.get_project_retention_id(project.name), number)
        read = await harbor.get_retention_policy(number)
        check("the rule", (read.rules[0].template, read.rules[0].params), ("latestPushedK", {"latestPushedK": 5}))
        read.rules[0].params = {"latestPushedK": 7}
        await harbor.update_retention_policy(number, read)
        check("the rule", (await harbor.get_retention_policy(number)).rules[0].params, {"latestPushedK": 7})
        check("the executions", await harbor.get_retention_executions(number), [])
        await harbor.delete_retention_policy(number)


async def immutability(harbor):
    async with a_project(harbor, "immutability") as project:
        rule = m.ImmutableRule.model_validate({"action": "immutable", "template": "immutable_template", **selectors()})
        number = id_of(await harbor.create_project_immutable_tag_rule(project.name, rule))
        read = (await harbor.get_project_immutable_tag_rules(project.name))[0]
        check("the rule", (read.id, read.tag_selectors[0].pattern, bool(read.disabled)), (number, "keep-*", False))
        await harbor.enable_project_immutable_tagrule(project.name, number, False)
        check("disabled", (await harbor.get_project_immutable_tag_rules(project.name))[0].disabled, True)
        await harbor.delete_project_immutable_tag_rule(project.name, number)
        check("the rules then", await harbor.get_project_immutable_tag_rules(project.name), [])


async def webhooks(harbor):
    async with a_project(harbor, "webhooks") as project:
        events = await harbor.get_webhook_supported_events(project.name)
        assert events.event_type and events.notify_type, events
        target = {"type": "http", "address": "https://hooks.example.com/x", "skip_cert_verify": False}
        wanted = {"name": "walked", "enabled": True, "event_types": ["PUSH_ARTIFACT"], "targets": [target]}
        number = id_of(await harbor.create_webhook_policy(project.name, m.WebhookPolicy.model_validate(wanted)))
        read = await harbor.get_webhook_policy(project.name, number)
        check("the policy", (read.name, read.event_types), ("walked", ["PUSH_ARTIFACT"]))
        check("the target", read.targets[0].address, "https://hooks.example.com/x")
        read.enabled = False
        await harbor.update_webhook_policy(project.name, number, read)
        found = await harbor.get_webhook_policies(project.name)
        check("the list", [(each.id, each.enabled) for each in found], [(number, False)])
        assert isinstance(await harbor.get_webhook_policy_last_trigger(project.name), list)
        await harbor.delete_webhook_policy(project.name, number)
        await must_be_gone(harbor.get_webhook_policy(project.name, number), "the policy")


@contextlib.asynccontextmanager
async def a_registry(harbor, suffix):
    """The server itself, as the registry of somebody else."""
    name = f"{SLUG}-{suffix}"
    credential = {"type": "basic", "access_key": USERNAME, "access_secret": PASSWORD}
    wanted = {"name": name, "type": "harbor", "url": ORIGIN, "insecure": True, "credential": credential}
    await harbor.create_registry(m.Registry.model_validate(wanted))
    found = await harbor.get_registries(query=f"name={name}")
    try:
        yield found[0]
    finally:
        await harbor.delete_registry(found[0].id)


async def registries(harbor):
    assert "harbor" in await harbor.get_registry_adapters()
    assert (await harbor.get_registry_providers()).root
    async with a_registry(harbor, "registry") as registry:
        read = await harbor.get_registry(registry.id)
        check("the registry", (read.name, read.type, read.url), (registry.name, "harbor", ORIGIN))
        assert PASSWORD not in str(read.credential.access_secret), "the secret is shown"
        await harbor.check_registry_status(m.RegistryPing(id=registry.id))
        await harbor.update_registry(registry.id, m.RegistryUpdate(description="walked"))
        check("the description", (await harbor.get_registry(registry.id)).description, "walked")
        assert (await harbor.get_registry_info(registry.id)).supported_resource_filters
    await must_be_gone(harbor.get_registry(registry.id), "the registry")


async def replication(harbor):
    async with a_registry(harbor, "source") as registry:
        wanted = {
            "name": f"{SLUG}-rule",
            "src_registry": {"id": registry.id},
            "dest_namespace": PROJECT,
            "trigger": {"type": "manual"},
            "filters": [{"type": "name", "value": "library/**"}],
            "enabled": True,
            "override": True,
        }
        number = id_of(await harbor.create_replication_policy(m.ReplicationPolicy.model_validate(wanted)))
        try:
            read = await harbor.get_replication_policy(number)
            check("the rule", (read.name, read.src_registry.id), (wanted["name"], registry.id))
            check("the filter", read.filters[0].value, "library/**")
            read.description = "walked"
            await harbor.update_replication_policy(number, read)
            found = await harbor.get_replication_policies(query=f"name={wanted['name']}")
            check("the list", [(each.id, each.description) for each in found], [(number, "walked")])
            check("the executions", await harbor.get_replications(policy_id=number), [])
        finally:
            await harbor.delete_replication_policy(number)
        await must_be_gone(harbor.get_replication_policy(number), "the rule")


async def scanners(harbor):
    name = f"{SLUG}-scanner"
    wanted = m.ScannerRegistrationReq(name=name, url="http://127.0.0.1:9/", disabled=True)
    location = await harbor.create_scanner(wanted)
    number = location.rsplit("/", 1)[1]
    try:
        read = await harbor.get_scanner(number)
        check("the scanner", (read.name, read.disabled, read.is_default), (name, True, False))
        changed = m.ScannerRegistrationReq(name=name, url="http://127.0.0.1:9/", description="walked", disabled=True)
        await harbor.update_scanner(number, changed)
        found = await harbor.get_scanners(query=f"name={name}")
        check("the list", [(each.uuid, each.description) for each in found], [(number, "walked")])
        async with a_project(harbor, "scanners") as project:
            assert isinstance(await harbor.get_project_scanner_candidates(project.name), list)
    finally:
        await harbor.delete_scanner(number)
    await must_be_gone(harbor.get_scanner(number), "the scanner")


def schedule(kind, cron, **parameters):
    body = {"schedule": {"type": kind, "cron": cron}, "parameters": parameters or None}
    return m.Schedule.model_validate({key: value for key, value in body.items() if value})


async def walk_schedule(read, create, update, **parameters):
    """Each of the schedules has the same life, and ends as none."""
    before = (await read()).schedule
    kind = getattr(before.type, "value", before.type) if before else None
    assert kind in (None, "", "None"), f"there is a schedule already: {before}"
    await create(schedule("Weekly", "0 0 0 * * 0", **parameters))
    found = (await read()).schedule
    check("the schedule", (str(getattr(found.type, "value", found.type)), found.cron), ("Weekly", "0 0 0 * * 0"))
    await update(schedule("Custom", "0 30 4 * * 6", **parameters))
    check("the changed schedule", (await read()).schedule.cron, "0 30 4 * * 6")
    await update(schedule("None", "", **parameters))


async def scan_all(harbor):
    methods = (harbor.get_scan_all_schedule, harbor.create_scan_all_schedule, harbor.update_scan_all_schedule)
    await walk_schedule(*methods)
    assert (await harbor.get_scan_all_metrics()).ongoing in (False, None)


async def preheat(harbor):
    """The library has no methods of its own for these."""
    path = "/p2p/preheat/instances"
    name = f"{SLUG}-preheat"
    assert await harbor.get("/p2p/preheat/providers")
    wanted = {"name": name, "vendor": "dragonfly", "endpoint": "http://127.0.0.1:9", "auth_mode": "NONE", "enabled": True}
    await harbor.post(path, json=wanted)
    try:
        read = await harbor.get(f"{path}/{name}")
        check("the instance", (read["name"], read["vendor"]), (name, "dragonfly"))
        await harbor.put(f"{path}/{name}", json={**read, "description": "walked"})
        found = await harbor.get(path, params={"q": f"name={name}"})
        check("the list", [each["description"] for each in found], ["walked"])
    finally:
        await harbor.delete(f"{path}/{name}")
    await must_be_gone(harbor.get(f"{path}/{name}"), "the instance")


async def garbage_collection(harbor):
    methods = (harbor.get_gc_schedule, harbor.create_gc_schedule, harbor.update_gc_schedule)
    await walk_schedule(*methods, delete_untagged=True, workers=1)
    for job in (await harbor.get_gc_jobs(page_size=1))[:1]:
        check("the job", (await harbor.get_gc_job(job.id)).id, job.id)


async def audit_log(harbor):
    async with a_project(harbor, "audit"):
        found = await harbor.get_audit_logs(query=f"resource={SLUG}-audit", limit=10)
        check("the list", [(e.operation, e.resource_type, e.username) for e in found], [("create", "project", USERNAME)])


async def audit_log_purge(harbor):
    methods = (harbor.get_purge_job_schedule, harbor.create_purge_job_schedule, harbor.update_purge_job_schedule)
    # The library reads this schedule as a job, whose schedule has the same form.
    await walk_schedule(*methods, audit_retention_hour=24, include_event_types="create_project", dry_run=True)
    assert isinstance(await harbor.get_purge_job_history(), list)


async def search(harbor):
    found = await harbor.search(SLUG)
    names = [each.repository_name for each in found.repository]
    assert f"{PROJECT}/{REPOSITORY}" in names, names
    found = await harbor.search(PROJECT)
    assert PROJECT in [each.name for each in found.project], found


async def statistics(harbor):
    before = await harbor.get_statistics()
    assert before.total_project_count >= 2 and before.total_repo_count >= 1, before
    async with a_project(harbor, "statistics"):
        check("the projects", (await harbor.get_statistics()).total_project_count, before.total_project_count + 1)


async def system_info(harbor):
    info = await harbor.get_system_info()
    assert info.harbor_version and info.auth_mode, info
    assert (await harbor.get_system_volume_info()).storage is not None
    check("the ping", await harbor.ping(), "Pong")
    check("the health", (await harbor.health_check()).status, "healthy")


async def permissions(harbor):
    read = await harbor.get_permissions()
    assert any(each.resource == "repository" and each.action == "pull" for each in read.project), read
    assert await harbor.get_current_user_permissions(scope="/project/1", relative=True)


async def configuration(harbor):
    before = (await harbor.get_config()).session_timeout.value
    try:
        await harbor.update_config(m.Configurations(session_timeout=before + 1))
        check("the timeout", (await harbor.get_config()).session_timeout.value, before + 1)
    finally:
        await harbor.update_config(m.Configurations(session_timeout=before))


async def cve_allowlist(harbor):
    before = await harbor.get_cve_allowlist()
    await harbor.update_cve_allowlist(m.CVEAllowlist.model_validate({"items": [{"cve_id": "CVE-2020-0001"}]}))
    check("the list", [each.cve_id for each in (await harbor.get_cve_allowlist()).items], ["CVE-2020-0001"])
    items = [{"cve_id": each.cve_id} for each in before.items or []]
    await harbor.update_cve_allowlist(m.CVEAllowlist.model_validate({"items": items}))


async def main(part):
    harbor = HarborAsyncClient(API, username=USERNAME, secret=PASSWORD, retry=None)
    harbor.client.event_hooks["response"].append(look_at)
    try:
        await globals()[part.lower().replace(" ", "_")](harbor)
    finally:
        for answer in answers:
            if "no such operation" in answer.text:
                print(f"{answer.request.method} {answer.request.url.path}: no such operation", file=sys.stderr)
    print(f"{len(answers)} answers")


try:
    asyncio.run(main(sys.argv[1]))
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
