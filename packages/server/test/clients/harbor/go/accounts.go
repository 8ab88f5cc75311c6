package main

import (
	"fmt"

	"roadstead.test/harbor/client/member"
	"roadstead.test/harbor/client/permissions"
	"roadstead.test/harbor/client/project"
	"roadstead.test/harbor/client/project_metadata"
	"roadstead.test/harbor/client/robot"
	"roadstead.test/harbor/client/user"
	"roadstead.test/harbor/client/usergroup"
	"roadstead.test/harbor/models"
)

// withProject makes a project for what is done in it, and deletes it.
func withProject(suffix string, do func(*models.Project)) {
	name := slug + "-" + suffix
	wanted := &models.ProjectReq{ProjectName: name, Metadata: &models.ProjectMetadata{Public: "false"}}
	must(api.Project.CreateProject(project.NewCreateProjectParams().WithProject(wanted), nil))
	defer func() {
		must(api.Project.DeleteProject(project.NewDeleteProjectParams().WithProjectNameOrID(name), nil))
	}()
	do(readProject(name))
}

func readProject(name string) *models.Project {
	return must(api.Project.GetProject(project.NewGetProjectParams().WithProjectNameOrID(name), nil)).Payload
}

func withUser(suffix string, do func(id int64, name string)) {
	name := slug + "-" + suffix
	wanted := &models.UserCreationReq{Username: name, Realname: "Walker", Email: name + "@example.com", Password: "Walk-the-api-1"}
	must(api.User.CreateUser(user.NewCreateUserParams().WithUserReq(wanted), nil))
	id := madeID()
	defer func() { must(api.User.DeleteUser(user.NewDeleteUserParams().WithUserID(id), nil)) }()
	do(id, name)
}

func projects() {
	withProject("projects", func(made *models.Project) {
		check("public", made.Metadata.Public, "false")
		check("the owner", made.OwnerName, username)
		byID := readProject(fmt.Sprint(made.ProjectID))
		check("the project by its id", byID.Name, made.Name)
		must(api.Project.HeadProject(project.NewHeadProjectParams().WithProjectName(made.Name), nil))
		changed := &models.ProjectReq{Metadata: &models.ProjectMetadata{Public: "true"}}
		must(api.Project.UpdateProject(project.NewUpdateProjectParams().WithProjectNameOrID(made.Name).WithProject(changed), nil))
		list := must(api.Project.ListProjects(project.NewListProjectsParams().WithQ(pointer("name="+made.Name)), nil))
		check("the count", list.XTotalCount, int64(1))
		check("public", list.Payload[0].Metadata.Public, "true")
		deletable := must(api.Project.GetProjectDeletable(project.NewGetProjectDeletableParams().WithProjectNameOrID(made.Name), nil))
		check("deletable", deletable.Payload.Deletable, true)
		summary := must(api.Project.GetProjectSummary(project.NewGetProjectSummaryParams().WithProjectNameOrID(made.Name), nil))
		check("the repositories", summary.Payload.RepoCount, int64(0))
		held := must(api.Project.ListArtifactsOfProject(project.NewListArtifactsOfProjectParams().WithProjectNameOrID(made.Name), nil))
		check("the artifacts", len(held.Payload), 0)
		logs := must(api.Project.GetLogExts(project.NewGetLogExtsParams().WithProjectName(made.Name), nil)).Payload
		check("the log", logs[len(logs)-1].Operation, "create")
	})
	gone, err := api.Project.GetProject(project.NewGetProjectParams().WithProjectNameOrID(slug+"-projects"), nil)
	mustBeGone("the project", gone, err)
}

func projectMetadata() {
	withProject("metadata", func(made *models.Project) {
		add := project_metadata.NewAddProjectMetadatasParams().WithProjectNameOrID(made.Name)
		must(api.ProjectMetadata.AddProjectMetadatas(add.WithMetadata(map[string]string{"auto_scan": "true"}), nil))
		update := project_metadata.NewUpdateProjectMetadataParams().WithProjectNameOrID(made.Name).WithMetaName("auto_scan")
		must(api.ProjectMetadata.UpdateProjectMetadata(update.WithMetadata(map[string]string{"auto_scan": "false"}), nil))
		get := project_metadata.NewGetProjectMetadataParams().WithProjectNameOrID(made.Name).WithMetaName("auto_scan")
		check("the entry", must(api.ProjectMetadata.GetProjectMetadata(get, nil)).Payload, map[string]string{"auto_scan": "false"})
		remove := project_metadata.NewDeleteProjectMetadataParams().WithProjectNameOrID(made.Name).WithMetaName("auto_scan")
		must(api.ProjectMetadata.DeleteProjectMetadata(remove, nil))
		list := project_metadata.NewListProjectMetadatasParams().WithProjectNameOrID(made.Name)
		_, still := must(api.ProjectMetadata.ListProjectMetadatas(list, nil)).Payload["auto_scan"]
		check("the removed entry", still, false)
	})
}

func members() {
	withProject("members", func(made *models.Project) {
		withUser("member", func(id int64, name string) {
			wanted := &models.ProjectMember{RoleID: 2, MemberUser: &models.UserEntity{Username: name}}
			must(api.Member.CreateProjectMember(member.NewCreateProjectMemberParams().WithProjectNameOrID(made.Name).WithProjectMember(wanted), nil))
			mid := madeID()
			update := member.NewUpdateProjectMemberParams().WithProjectNameOrID(made.Name).WithMid(mid)
			must(api.Member.UpdateProjectMember(update.WithRole(&models.RoleRequest{RoleID: 4}), nil))
			get := member.NewGetProjectMemberParams().WithProjectNameOrID(made.Name).WithMid(mid)
			read := must(api.Member.GetProjectMember(get, nil)).Payload
			check("the member", []any{read.EntityName, read.EntityID, read.RoleName}, []any{name, id, "maintainer"})
			list := member.NewListProjectMembersParams().WithProjectNameOrID(made.Name).WithEntityname(&name)
			check("the count", must(api.Member.ListProjectMembers(list, nil)).XTotalCount, int64(1))
			must(api.Member.DeleteProjectMember(member.NewDeleteProjectMemberParams().WithProjectNameOrID(made.Name).WithMid(mid), nil))
			gone, err := api.Member.GetProjectMember(get, nil)
			mustBeGone("the member", gone, err)
		})
	})
}

func users() {
	withUser("user", func(id int64, name string) {
		profile := &models.UserProfile{Email: name + "@example.org", Realname: "Changed", Comment: "walked"}
		must(api.User.UpdateUserProfile(user.NewUpdateUserProfileParams().WithUserID(id).WithProfile(profile), nil))
		flag := &models.UserSysAdminFlag{SysadminFlag: true}
		must(api.User.SetUserSysAdmin(user.NewSetUserSysAdminParams().WithUserID(id).WithSysadminFlag(flag), nil))
		read := must(api.User.GetUser(user.NewGetUserParams().WithUserID(id), nil)).Payload
		check("the user", []any{read.Username, read.Email, read.Comment, read.SysadminFlag}, []any{name, profile.Email, "walked", true})
		changed := &models.PasswordReq{NewPassword: "Walk-the-api-2"}
		must(api.User.UpdateUserPassword(user.NewUpdateUserPasswordParams().WithUserID(id).WithPassword(changed), nil))
		theirs := connect(name, "Walk-the-api-2")
		check("who signed in", must(theirs.User.GetCurrentUserInfo(user.NewGetCurrentUserInfoParams(), nil)).Payload.UserID, id)
		rights := user.NewGetCurrentUserPermissionsParams().WithScope(pointer("/project/1")).WithRelative(pointer(true))
		check("rights there", len(must(theirs.User.GetCurrentUserPermissions(rights, nil)).Payload) > 0, true)
		list := must(api.User.ListUsers(user.NewListUsersParams().WithQ(pointer("username="+name)), nil))
		check("the count", list.XTotalCount, int64(1))
		found := must(api.User.SearchUsers(user.NewSearchUsersParams().WithUsername(name), nil)).Payload
		check("the search", found[0].UserID, id)
	})
}

func userGroups() {
	name := slug + "-group"
	must(api.Usergroup.CreateUserGroup(usergroup.NewCreateUserGroupParams().WithUsergroup(&models.UserGroup{GroupName: name, GroupType: 3}), nil))
	id := madeID()
	get := usergroup.NewGetUserGroupParams().WithGroupID(id)
	func() {
		defer func() { must(api.Usergroup.DeleteUserGroup(usergroup.NewDeleteUserGroupParams().WithGroupID(id), nil)) }()
		changed := &models.UserGroup{GroupName: name + "-2", GroupType: 3}
		must(api.Usergroup.UpdateUserGroup(usergroup.NewUpdateUserGroupParams().WithGroupID(id).WithUsergroup(changed), nil))
		check("the name", must(api.Usergroup.GetUserGroup(get, nil)).Payload.GroupName, name+"-2")
		found := must(api.Usergroup.SearchUserGroups(usergroup.NewSearchUserGroupsParams().WithGroupname(name+"-2"), nil)).Payload
		check("the search", found[0].ID, id)
		list := must(api.Usergroup.ListUserGroups(usergroup.NewListUserGroupsParams().WithGroupName(pointer(name+"-2")), nil)).Payload
		check("the list", list[0].ID, id)
	}()
	gone, err := api.Usergroup.GetUserGroup(get, nil)
	mustBeGone("the group", gone, err)
}

func robots() {
	access := []*models.Access{{Resource: "repository", Action: "pull"}, {Resource: "project", Action: "read"}}
	rights := []*models.RobotPermission{{Kind: "project", Namespace: home, Access: access}}
	wanted := &models.RobotCreate{Name: slug + "-robot", Level: "system", Duration: 1, Permissions: rights}
	made := must(api.Robot.CreateRobot(robot.NewCreateRobotParams().WithRobot(wanted), nil)).Payload
	get := robot.NewGetRobotByIDParams().WithRobotID(made.ID)
	func() {
		defer func() { must(api.Robot.DeleteRobot(robot.NewDeleteRobotParams().WithRobotID(made.ID), nil)) }()
		theirs := connect(made.Name, made.Secret)
		seen := must(theirs.Project.GetProject(project.NewGetProjectParams().WithProjectNameOrID(home), nil))
		check("what the robot reads", seen.Payload.Name, home)
		read := must(api.Robot.GetRobotByID(get, nil)).Payload
		check("its rights", len(read.Permissions[0].Access), 2)
		read.Description = "walked"
		must(api.Robot.UpdateRobot(robot.NewUpdateRobotParams().WithRobotID(made.ID).WithRobot(read), nil))
		check("the description", must(api.Robot.GetRobotByID(get, nil)).Payload.Description, "walked")
		must(api.Robot.RefreshSec(robot.NewRefreshSecParams().WithRobotID(made.ID).WithRobotSec(&models.RobotSec{Secret: "Walk-the-api-3"}), nil))
		list := must(api.Robot.ListRobot(robot.NewListRobotParams().WithQ(pointer("name=~"+slug)), nil)).Payload
		check("the list", collect(list, func(each *models.Robot) int64 { return each.ID }), []int64{made.ID})
	}()
	gone, err := api.Robot.GetRobotByID(get, nil)
	mustBeGone("the robot", gone, err)
}

func permissionCatalogue() {
	read := must(api.Permissions.GetPermissions(permissions.NewGetPermissionsParams(), nil)).Payload
	check("rights in the catalogue", len(read.Project) > 20 && len(read.System) > 20, true)
}
