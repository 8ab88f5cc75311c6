"""Walks one part of Harbor's API with a client that openapi-python-client made of the served document: walk_generated.py PART. Ends with
1 and the reason when anything is not as it should be."""

import contextlib
import importlib
import os
import sys

from harbor_client import AuthenticatedClient
from harbor_client import models as m

API = os.environ["HARBOR_API"]
SLUG = os.environ["WALK_SLUG"]
HOME = os.environ["WALK_PROJECT"]
USERNAME = os.environ["HARBOR_USERNAME"]
REPOSITORY = f"{SLUG}%2Fapp"
CREDENTIALS = os.environ["WALK_CREDENTIALS"]

answers = 0
location = ""


def connect():
    return AuthenticatedClient(base_url=API, token=CREDENTIALS, prefix="Basic", timeout=60)


client = connect()


def ask(operation, *path, **rest):
    """Calls `tag.operation`; returns the whole answer."""
    global answers, location
    module = importlib.import_module(f"harbor_client.api.{operation}")
    answer = module.sync_detailed(*path, client=client, **rest)
    answers += 1
    location = answer.headers.get("location", "")
    assert answer.headers.get("x-request-id"), f"{operation} has no X-Request-Id"
    return answer


def call(operation, *path, **rest):
    """Calls an operation that must succeed; returns what it answers."""
    answer = ask(operation, *path, **rest)
    assert answer.status_code < 300, f"{operation} answered {int(answer.status_code)}: {answer.content.decode()}"
    return answer.parsed


def made():
    """The number that the last Location ends in."""
    return int(location.rsplit("/", 1)[1])


def check(what, found, expected):
    assert found == expected, f"{what} is {found!r}, not {expected!r}"


def gone(operation, *path):
    check(operation, int(ask(operation, *path).status_code), 404)


@contextlib.contextmanager
def a_project(suffix):
    name = f"{SLUG}-{suffix}"
    call("project.create_project", body=m.ProjectReq.from_dict({"project_name": name, "metadata": {"public": "false"}}))
    try:
        yield name
    finally:
        call("project.delete_project", name)
    gone("project.get_project", name)


@contextlib.contextmanager
def a_user(suffix):
    name = f"{SLUG}-{suffix}"
    body = {"username": name, "realname": "Walker", "email": f"{name}@example.com", "password": "Walk-the-api-1"}
    call("user.create_user", body=m.UserCreationReq.from_dict(body))
    number = made()
    try:
        yield number, name
    finally:
        call("user.delete_user", number)


def projects():
    with a_project("projects") as name:
        check("public", call("project.get_project", name).metadata.public, "false")
        call("project.head_project", project_name=name)
        call("project.update_project", name, body=m.ProjectReq.from_dict({"metadata": {"public": "true"}}))
        found = call("project.list_projects", q=f"name={name}")
        check("the list", [(each.name, each.metadata.public) for each in found], [(name, "true")])
        check("deletable", call("project.get_project_deletable", name).deletable, True)
        check("the summary", call("project.get_project_summary", name).repo_count, 0)
        check("the artifacts", call("project.list_artifacts_of_project", name), [])
        assert any(each.operation == "create" for each in call("project.get_log_exts", name))


def project_metadata():
    with a_project("metadata") as name:
        kind = m.AddProjectMetadatasBody if hasattr(m, "AddProjectMetadatasBody") else m.UpdateProjectMetadataBody
        call("project_metadata.add_project_metadatas", name, body=kind.from_dict({"auto_scan": "true"}))
        body = m.UpdateProjectMetadataBody.from_dict({"auto_scan": "false"})
        call("project_metadata.update_project_metadata", name, "auto_scan", body=body)
        read = call("project_metadata.get_project_metadata", name, "auto_scan")
        check("the entry", read.to_dict(), {"auto_scan": "false"})
        call("project_metadata.delete_project_metadata", name, "auto_scan")


def members():
    with a_project("members") as name, a_user("member") as (_number, user):
        body = {"role_id": 2, "member_user": {"username": user}}
        call("member.create_project_member", name, body=m.ProjectMember.from_dict(body))
        number = made()
        call("member.update_project_member", name, number, body=m.RoleRequest.from_dict({"role_id": 4}))
        read = call("member.get_project_member", name, number)
        check("the member", (read.entity_name, read.role_name), (user, "maintainer"))
        call("member.delete_project_member", name, number)
        gone("member.get_project_member", name, number)


def users():
    with a_user("user") as (number, name):
        body = {"email": f"{name}@example.org", "realname": "Changed", "comment": "walked"}
        call("user.update_user_profile", number, body=m.UserProfile.from_dict(body))
        call("user.set_user_sys_admin", number, body=m.UserSysAdminFlag.from_dict({"sysadmin_flag": True}))
        read = call("user.get_user", number)
        check("the user", (read.username, read.comment, read.sysadmin_flag), (name, "walked", True))
        check("the list", [each.user_id for each in call("user.list_users", q=f"username={name}")], [number])
        check("the search", [each.user_id for each in call("user.search_users", username=name)], [number])
    check("who this is", call("user.get_current_user_info").username, USERNAME)


def user_groups():
    name = f"{SLUG}-people"
    call("usergroup.create_user_group", body=m.UserGroup.from_dict({"group_name": name, "group_type": 3}))
    number = made()
    try:
        body = m.UserGroup.from_dict({"group_name": f"{name}-2", "group_type": 3})
        call("usergroup.update_user_group", number, body=body)
        check("the name", call("usergroup.get_user_group", number).group_name, f"{name}-2")
        found = call("usergroup.list_user_groups", group_name=f"{name}-2")
        check("the list", [each.id for each in found], [number])
    finally:
        call("usergroup.delete_user_group", number)


def robots():
    access = [{"resource": "repository", "action": "pull"}]
    permissions = [{"kind": "project", "namespace": HOME, "access": access}]
    body = {"name": f"{SLUG}-robot", "level": "system", "duration": 1, "permissions": permissions}
    robot = call("robot.create_robot", body=m.RobotCreate.from_dict(body))
    try:
        read = call("robot.get_robot_by_id", robot.id)
        read.description = "walked"
        call("robot.update_robot", robot.id, body=read)
        check("the description", call("robot.get_robot_by_id", robot.id).description, "walked")
        call("robot.refresh_sec", robot.id, body=m.RobotSec.from_dict({"secret": "Walk-the-api-3"}))
        check("the list", [each.id for each in call("robot.list_robot", q=f"name=~{SLUG}")], [robot.id])
    finally:
        call("robot.delete_robot", robot.id)
    gone("robot.get_robot_by_id", robot.id)


def labels():
    call("label.create_label", body=m.Label.from_dict({"name": f"{SLUG}-label", "color": "#0065AB", "scope": "g"}))
    number = made()
    try:
        read = call("label.get_label_by_id", number)
        read.description = "walked"
        call("label.update_label", number, body=read)
        found = call("label.list_labels", scope="g", name=f"{SLUG}-label")
        check("the list", [(each.id, each.description) for each in found], [(number, "walked")])
    finally:
        call("label.delete_label", number)
    gone("label.get_label_by_id", number)


def repositories():
    read = call("repository.get_repository", HOME, REPOSITORY)
    check("the name", read.name, f"{HOME}/{SLUG}/app")
    call("repository.update_repository", HOME, REPOSITORY, body=m.Repository.from_dict({"description": "walked"}))
    found = call("repository.list_repositories", HOME, q=f"name=~{SLUG}/app")
    check("the list", [(each.id, each.description) for each in found], [(read.id, "walked")])
    assert read.id in [each.id for each in call("repository.list_all_repositories", q=f"name=~{SLUG}")]


def artifacts():
    image = call("artifact.get_artifact", HOME, REPOSITORY, "v1", with_tag=True, with_label=True, with_accessory=True)
    check("the image", (image.type_, image.tags[0].name), ("IMAGE", "v1"))
    found = call("artifact.list_artifacts", HOME, REPOSITORY, q="tags=v1", with_tag=True)
    check("the list", [each.digest for each in found], [image.digest])
    check("the accessories", call("artifact.list_accessories", HOME, REPOSITORY, "v1"), [])
    target = f"{SLUG}%2Fcopy"
    call("artifact.copy_artifact", HOME, target, from_=f"{HOME}/{SLUG}/app@{image.digest}")
    check("the copy", call("artifact.get_artifact", HOME, target, image.digest).digest, image.digest)
    call("artifact.delete_artifact", HOME, target, image.digest)
    gone("artifact.get_artifact", HOME, target, image.digest)


def tags():
    call("artifact.create_tag", HOME, REPOSITORY, "v1", body=m.Tag.from_dict({"name": "walked"}))
    found = call("artifact.list_tags", HOME, REPOSITORY, "v1")
    check("the tags", sorted(each.name for each in found), ["v1", "walked"])
    call("artifact.delete_tag", HOME, REPOSITORY, "v1", "walked")


def quotas():
    with a_project("quotas") as name:
        number = call("project.get_project", name).project_id
        quota = call("quota.list_quotas", reference="project", reference_id=str(number))[0]
        call("quota.update_quota", quota.id, body=m.QuotaUpdateReq.from_dict({"hard": {"storage": 1 << 30}}))
        check("the quota", call("quota.get_quota", quota.id).hard.to_dict(), {"storage": 1 << 30})


def schedule(read, create, update):
    weekly = {"schedule": {"type": "Weekly", "cron": "0 0 0 * * 0"}, "parameters": {"audit_retention_hour": 24}}
    call(create, body=m.Schedule.from_dict(weekly))
    try:
        check("the schedule", call(read).schedule.cron, "0 0 0 * * 0")
    finally:
        none = {"schedule": {"type": "None", "cron": ""}, "parameters": {"audit_retention_hour": 24}}
        call(update, body=m.Schedule.from_dict(none))


def garbage_collection():
    schedule("gc.get_gc_schedule", "gc.create_gc_schedule", "gc.update_gc_schedule")
    assert isinstance(call("gc.get_gc_history"), list)


def audit_log():
    with a_project("audit") as name:
        found = call("auditlog.list_audit_log_exts", q=f"resource={name}")
        check("the list", [each.operation for each in found], ["create"])
    assert call("auditlog.list_audit_log_event_types")


def search():
    found = call("search.search", q=SLUG)
    assert f"{HOME}/{SLUG}/app" in [each.repository_name for each in found.repository]


def statistics():
    assert call("statistic.get_statistic").total_repo_count >= 1


def system_info():
    assert call("systeminfo.get_system_info").harbor_version
    assert call("systeminfo.get_volumes").storage
    check("the health", call("health.get_health").status, "healthy")
    check("the ping", ask("ping.get_ping").content, b"Pong")


def permissions():
    assert len(call("permissions.get_permissions").project) > 20
    assert call("user.get_current_user_permissions", scope="/project/1", relative=True)


def configuration():
    before = call("configure.get_configurations").session_timeout.value
    call("configure.update_configurations", body=m.Configurations.from_dict({"session_timeout": before + 1}))
    try:
        check("the timeout", call("configure.get_configurations").session_timeout.value, before + 1)
    finally:
        call("configure.update_configurations", body=m.Configurations.from_dict({"session_timeout": before}))


def cve_allowlist():
    body = m.CVEAllowlist.from_dict({"items": [{"cve_id": "CVE-2020-0001"}]})
    call("system_cve_allowlist.put_system_cve_allowlist", body=body)
    found = call("system_cve_allowlist.get_system_cve_allowlist").items
    check("the list", [each.cve_id for each in found], ["CVE-2020-0001"])
    call("system_cve_allowlist.put_system_cve_allowlist", body=m.CVEAllowlist.from_dict({"items": []}))


try:
    globals()[sys.argv[1].lower().replace(" ", "_")]()
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
print(f"{answers} answers")
