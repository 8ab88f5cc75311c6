"""Walks the commands of harbor-cli that belong to one part of Harbor's API: walk_harbor_cli.py PART. Ends with 1 and the reason when
anything is not as it should be."""

import json
import os
import pathlib
import subprocess
import sys
import urllib.error
import urllib.request

API = os.environ["HARBOR_API"]
SLUG = os.environ["WALK_SLUG"]
HOME = os.environ["WALK_PROJECT"]
USERNAME = os.environ["HARBOR_USERNAME"]
PASSWORD = os.environ["HARBOR_PASSWORD"]
ORIGIN = API.removesuffix("/api/v2.0")
REPOSITORY = f"{SLUG}/app"
# The tool takes the first of three names for a host, so it cannot name an artifact of a repository below another.
FLAT = f"{SLUG}-app"
ARTIFACT = f"{HOME}/{FLAT}:v1"
PROJECT = f"{SLUG}-cli"

CONFIGURATION = f"""
[harbor]
url = {json.dumps(API)}
username = {json.dumps(USERNAME)}
secret = {json.dumps(PASSWORD)}
[harbor.retry]
enabled = false
[general]
confirm_deletion = false
confirm_enumeration = false
warnings = false
[output]
format = "json"
[logging]
enabled = false
"""

commands = 0


def run(*args):
    global commands
    commands += 1
    program = [sys.executable, "-m", "harbor_cli", "--config", "harbor-cli.toml"]
    return subprocess.run([*program, *args], capture_output=True, text=True, timeout=90)


def cli(*args):
    """Runs a command that must succeed; returns what its JSON says."""
    done = run(*args)
    if done.returncode != 0:
        raise AssertionError(f"harbor {' '.join(args)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return json.loads(done.stdout) if done.stdout.strip()[:1] in ("{", "[", '"') else done.stdout.strip()


def refused(reason, *args):
    done = run(*args)
    said = done.stdout + done.stderr
    assert done.returncode != 0 and reason.lower() in said.lower(), f"harbor {' '.join(args)} said {said}"


def check(what, found, expected):
    assert found == expected, f"{what} is {found!r}, not {expected!r}"


def must_be_served(path):
    """The tool hides what the server says of an operation that it does not have, so it is asked here."""
    try:
        urllib.request.urlopen(f"{API}{path}")
    except urllib.error.HTTPError as error:
        said = error.read().decode()
        assert "no such operation" not in said, f"GET {path}: {said}"


def in_project(walk):
    cli("project", "create", PROJECT, "--public", "false")
    try:
        walk()
    finally:
        cli("project", "delete", PROJECT, "--force")


def projects():
    def walk():
        read = cli("project", "get", PROJECT)
        check("the name", (read["name"], read["metadata"]["public"]), (PROJECT, "false"))
        cli("project", "exists", PROJECT)
        cli("project", "update", PROJECT, "--public", "true")
        found = cli("project", "list", "--query", f"name={PROJECT}")
        check("the list", [(each["name"], each["metadata"]["public"]) for each in found], [(PROJECT, "true")])
        check("the summary", cli("project", "summary", PROJECT)["repo_count"], 0)
        assert any(each["operation"] == "create" for each in cli("project", "logs", PROJECT))
        check("the repositories", cli("project", "repos", HOME, "--query", f"name=~{SLUG}/app")[0]["name"], f"{HOME}/{REPOSITORY}")

    in_project(walk)
    refused("", "project", "exists", PROJECT)


def project_metadata():
    def walk():
        cli("project", "metadata", "set", PROJECT, "--auto-scan", "true")
        check("auto_scan", cli("project", "metadata", "get", PROJECT)["auto_scan"], "true")
        cli("project", "metadata", "field", "set", PROJECT, "auto_scan", "false")
        check("the field", cli("project", "metadata", "field", "get", PROJECT, "auto_scan"), {"auto_scan": "false"})
        cli("project", "metadata", "field", "delete", PROJECT, "auto_scan", "--force")

    in_project(walk)


def with_user(walk):
    name = f"{SLUG}-person"
    mail = f"{name}@example.com"
    cli("user", "create", name, "--password", "Walk-the-api-1", "--email", mail, "--realname", "Walker")
    try:
        walk(name)
    finally:
        cli("user", "delete", name, "--force")


def members():
    def walk(name):
        cli("project", "member", "add-user", PROJECT, name, "developer")
        found = [each for each in cli("project", "member", "list", PROJECT) if each["entity_name"] == name]
        check("the role", found[0]["role_id"], 2)
        check("the member", cli("project", "member", "get", PROJECT, str(found[0]["id"]))["entity_name"], name)
        cli("project", "member", "update-role", PROJECT, name, "maintainer")
        found = [each for each in cli("project", "member", "list", PROJECT) if each["entity_name"] == name]
        check("the role", found[0]["role_id"], 4)
        cli("project", "member", "remove", PROJECT, name)
        assert all(each["entity_name"] != name for each in cli("project", "member", "list", PROJECT))

    in_project(lambda: with_user(walk))


def users():
    def walk(name):
        check("the user", cli("user", "get", name)["username"], name)
        cli("user", "update", name, "--comment", "walked", "--realname", "Changed", "--email", f"{name}@example.org")
        check("the comment", cli("user", "get", name)["comment"], "walked")
        cli("user", "set-admin", name)
        check("an administrator", cli("user", "get", name)["sysadmin_flag"], True)
        cli("user", "unset-admin", name)
        check("an administrator", cli("user", "get", name)["sysadmin_flag"], False)
        check("the search", [each["username"] for each in cli("user", "search", name)], [name])
        check("the list", [each["username"] for each in cli("user", "list", "--query", f"username={name}")], [name])
        cli("user", "set-password", name, "--old-password", "Walk-the-api-1", "--new-password", "Walk-the-api-2")

    with_user(walk)
    check("who this is", cli("user", "get-current")["username"], USERNAME)


def user_groups():
    name = f"{SLUG}-people"
    location = cli("usergroup", "create", name, "OIDC")
    number = str(location).strip('"').rsplit("/", 1)[1].rstrip("\"} \n")
    try:
        check("the group", cli("usergroup", "get", number)["group_name"], name)
        cli("usergroup", "update", number, "--name", f"{name}-2")
        check("the list", [each["id"] for each in cli("usergroup", "list", "--group-name", f"{name}-2")], [int(number)])
        check("the search", [each["id"] for each in cli("usergroup", "search", f"{name}-2")], [int(number)])
    finally:
        cli("usergroup", "delete", number, "--force")


def repositories():
    check("the repository", cli("repository", "get", HOME, REPOSITORY)["name"], f"{HOME}/{REPOSITORY}")
    cli("repository", "update", HOME, REPOSITORY, "--description", "walked by the command")
    found = cli("repository", "list", HOME, "--query", f"name=~{SLUG}/app")
    check("the list", [each["description"] for each in found], ["walked by the command"])


def artifacts():
    def artifact(name):
        read = cli("artifact", "get", name)
        return read.get("artifact", read)

    read = artifact(ARTIFACT)
    check("the tags", [each["name"] for each in read["tags"]], ["v1"])
    found = cli("artifact", "list", "--project", HOME, "--repo", FLAT, "--tag", "v1")
    check("the list", [each["digest"] if "digest" in each else each["artifact"]["digest"] for each in found], [read["digest"]])
    assert isinstance(cli("artifact", "buildhistory", ARTIFACT), list)
    cli("artifact", "accessories", ARTIFACT)
    cli("artifact", "copy", ARTIFACT, HOME, f"{SLUG}-copied")
    check("the copy", artifact(f"{HOME}/{SLUG}-copied:v1")["digest"], read["digest"])
    cli("artifact", "delete", f"{HOME}/{SLUG}-copied:v1", "--force")
    refused("not found", "artifact", "get", f"{HOME}/{SLUG}-copied:v1")


def tags():
    cli("artifact", "tag", "create", ARTIFACT, "walked")
    check("the tags", sorted(each["name"] for each in cli("artifact", "tag", "list", ARTIFACT)), ["v1", "walked"])
    cli("artifact", "tag", "delete", ARTIFACT, "walked", "--force")
    check("the tags", [each["name"] for each in cli("artifact", "tag", "list", ARTIFACT)], ["v1"])


def quotas():
    def walk():
        number = cli("project", "get", PROJECT)["project_id"]
        found = cli("quota", "list", "--reference", "project", "--reference-id", str(number))
        quota = str(found[0]["id"])
        cli("quota", "update", quota, "storage=1073741824")
        check("the quota", cli("quota", "get", quota)["hard"]["storage"], 1 << 30)

    in_project(walk)


def retention():
    def walk():
        # There is no command to add a policy: a project without one is told so.
        refused("does not have a retention", "retention", "policy", "id", PROJECT)

    in_project(walk)
    assert "templates" in cli("retention", "metadata")


def webhooks():
    def walk():
        check("the policies", cli("webhook", "policy", "list", PROJECT), [])
        assert "PUSH_ARTIFACT" in json.dumps(cli("webhook", "events", PROJECT))
        cli("webhook", "triggers", PROJECT)

    in_project(walk)


def with_registry(name, walk):
    access = ("--credential-type", "basic", "--access-key", USERNAME, "--access-secret", PASSWORD)
    cli("registry", "create", name, ORIGIN, "--type", "harbor", "--insecure", *access)
    number = str(cli("registry", "list", "--query", f"name={name}")[0]["id"])
    try:
        walk(number)
    finally:
        cli("registry", "delete", number, "--force")


def registries():
    name = f"{SLUG}-registry"

    def walk(number):
        check("the name", cli("registry", "get", number)["name"], name)
        cli("registry", "update", number, "--description", "walked")
        check("the description", cli("registry", "get", number)["description"], "walked")
        assert cli("registry", "info", number)
        cli("registry", "ping", number)

    with_registry(name, walk)
    assert "harbor" in json.dumps(cli("registry", "adapters"))
    assert cli("registry", "providers")


def replication():
    name = f"{SLUG}-rule"
    check("the policies", [each for each in cli("replication", "policy", "list") if each["name"] == name], [])
    cli("replication", "list")


def scanners():
    must_be_served("/scanners")
    assert isinstance(cli("scanner", "list"), list)


def scan_all():
    must_be_served("/system/scanAll/schedule")
    cli("scan-all", "schedule", "get")


def garbage_collection():
    cli("gc", "schedule", "create", "--type", "Weekly", "--cron", "0 0 0 * * 0")
    try:
        check("the schedule", cli("gc", "schedule", "get")["schedule"]["cron"], "0 0 0 * * 0")
        cli("gc", "schedule", "update", "--type", "Custom", "--cron", "0 30 4 * * 6")
        check("the schedule", cli("gc", "schedule", "get")["schedule"]["cron"], "0 30 4 * * 6")
    finally:
        cli("gc", "schedule", "update", "--type", "None", "--cron", "")
    assert isinstance(cli("gc", "jobs"), list)


def audit_log():
    in_project(lambda: None)
    found = cli("auditlog", "list", "--resource", PROJECT, "--limit", "5")
    assert {"create", "delete"} <= {each["operation"] for each in found}, found


def audit_log_purge():
    form = ("--retention-hours", "24", "--operations", "create", "--dry-run")
    # It writes the operations that Harbor had before 2.13, where event types are asked for now.
    refused("400", "auditlog", "rotation", "schedule", "create", "--type", "Custom", "--cron", "0 0 0 * * 0", *form)
    cli("auditlog", "rotation", "schedule", "get")
    assert isinstance(cli("auditlog", "rotation", "list"), list)


def search():
    found = cli("search", SLUG)
    assert any(each["repository_name"] == f"{HOME}/{REPOSITORY}" for each in found["repository"]), found


def statistics():
    assert cli("system", "statistics")["total_repo_count"] >= 1


def system_info():
    assert cli("system", "info")["harbor_version"]
    assert cli("system", "volumes")["storage"]
    check("the health", cli("system", "health")["status"], "healthy")
    # It says how long that took, to people alone.
    cli("system", "ping")


def permissions():
    assert cli("user", "get-current-permissions", "--scope", "/project/1")


def configuration():
    def minutes():
        read = cli("config", "get", "--flatten")["robot_token_duration"]
        return read["value"] if isinstance(read, dict) else read

    before = minutes()
    cli("config", "update", "--robot-token-duration", str(before + 1))
    try:
        check("the duration", minutes(), before + 1)
    finally:
        cli("config", "update", "--robot-token-duration", str(before))


def cve_allowlist():
    cli("cve-allowlist", "update", "--cve", "CVE-2020-0001,CVE-2020-0002")
    items = cli("cve-allowlist", "get")["items"]
    check("the list", sorted(each["cve_id"] for each in items), ["CVE-2020-0001", "CVE-2020-0002"])
    cli("cve-allowlist", "update", "--cve", "CVE-2020-0002", "--remove")
    cli("cve-allowlist", "clear")
    check("the list", cli("cve-allowlist", "get")["items"] or [], [])


pathlib.Path("harbor-cli.toml").write_text(CONFIGURATION)
try:
    globals()[sys.argv[1].lower().replace(" ", "_")]()
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
print(f"{commands} commands")
