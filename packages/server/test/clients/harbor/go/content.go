package main

import (
	"encoding/json"

	"roadstead.test/harbor/client/artifact"
	"roadstead.test/harbor/client/label"
	"roadstead.test/harbor/client/repository"
	"roadstead.test/harbor/models"
)

func readArtifact(reference string) *models.Artifact {
	get := artifact.NewGetArtifactParams().WithProjectName(home).WithRepositoryName(repositoryName).WithReference(reference)
	get = get.WithWithTag(pointer(true)).WithWithLabel(pointer(true)).WithWithAccessory(pointer(true))
	return must(api.Artifact.GetArtifact(get, nil)).Payload
}

func labels() {
	wanted := &models.Label{Name: slug + "-label", Color: "#0065AB", Scope: "g"}
	must(api.Label.CreateLabel(label.NewCreateLabelParams().WithLabel(wanted), nil))
	id := madeID()
	get := label.NewGetLabelByIDParams().WithLabelID(id)
	func() {
		defer func() { must(api.Label.DeleteLabel(label.NewDeleteLabelParams().WithLabelID(id), nil)) }()
		read := must(api.Label.GetLabelByID(get, nil)).Payload
		check("the label", []string{read.Name, read.Color, read.Scope}, []string{wanted.Name, "#0065AB", "g"})
		read.Color = "#EB5757"
		must(api.Label.UpdateLabel(label.NewUpdateLabelParams().WithLabelID(id).WithLabel(read), nil))
		list := label.NewListLabelsParams().WithScope(pointer("g")).WithName(&wanted.Name)
		check("the list", must(api.Label.ListLabels(list, nil)).Payload[0].Color, "#EB5757")
		add := artifact.NewAddLabelParams().WithProjectName(home).WithRepositoryName(repositoryName).WithReference("v1")
		must(api.Artifact.AddLabel(add.WithLabel(&models.Label{ID: id}), nil))
		check("the artifact's label", readArtifact("v1").Labels[0].ID, id)
		remove := artifact.NewRemoveLabelParams().WithProjectName(home).WithRepositoryName(repositoryName).WithReference("v1")
		must(api.Artifact.RemoveLabel(remove.WithLabelID(id), nil))
		check("its labels then", len(readArtifact("v1").Labels), 0)
	}()
	gone, err := api.Label.GetLabelByID(get, nil)
	mustBeGone("the label", gone, err)
}

func repositories() {
	get := repository.NewGetRepositoryParams().WithProjectName(home).WithRepositoryName(repositoryName)
	read := must(api.Repository.GetRepository(get, nil)).Payload
	check("the name", read.Name, home+"/"+slug+"/app")
	changed := &models.Repository{Description: "walked"}
	update := repository.NewUpdateRepositoryParams().WithProjectName(home).WithRepositoryName(repositoryName)
	must(api.Repository.UpdateRepository(update.WithRepository(changed), nil))
	list := repository.NewListRepositoriesParams().WithProjectName(home).WithQ(pointer("name=~" + slug + "/app"))
	found := must(api.Repository.ListRepositories(list, nil))
	check("the count", found.XTotalCount, int64(1))
	check("the description", found.Payload[0].Description, "walked")
	all := must(api.Repository.ListAllRepositories(repository.NewListAllRepositoriesParams().WithQ(pointer("name=~"+slug)), nil))
	check("all", all.Payload[0].ID, read.ID)
}

func artifacts() {
	image := readArtifact("v1")
	check("the image", []any{image.Type, image.Tags[0].Name, image.ExtraAttrs["architecture"]}, []any{"IMAGE", "v1", "amd64"})
	check("the artifact by its digest", readArtifact(image.Digest).ID, image.ID)
	// What crane pushes is an index around the index.
	outer := readArtifact("multi").References
	check("the platforms", len(readArtifact(outer[0].ChildDigest).References), 2)
	list := artifact.NewListArtifactsParams().WithProjectName(home).WithRepositoryName(repositoryName)
	found := must(api.Artifact.ListArtifacts(list.WithQ(pointer("tags=v1")).WithWithTag(pointer(true)), nil))
	check("the list", []any{found.XTotalCount, found.Payload[0].Digest}, []any{int64(1), image.Digest})
	// Harbor's document says that an addition is a text, and a build history is a list: this client cannot read it from Harbor either.
	var history []any
	must(0, json.Unmarshal(readPlain("/projects/"+home+"/repositories/"+repositoryName+"/artifacts/v1/additions/build_history"), &history))
	accessories := artifact.NewListAccessoriesParams().WithProjectName(home).WithRepositoryName(repositoryName).WithReference("v1")
	check("the accessories", len(must(api.Artifact.ListAccessories(accessories, nil)).Payload), 0)
	target := slug + "%2Fcopy"
	from := home + "/" + slug + "/app@" + image.Digest
	must(api.Artifact.CopyArtifact(artifact.NewCopyArtifactParams().WithProjectName(home).WithRepositoryName(target).WithFrom(from), nil))
	get := artifact.NewGetArtifactParams().WithProjectName(home).WithRepositoryName(target).WithReference(image.Digest)
	check("the copy", must(api.Artifact.GetArtifact(get, nil)).Payload.Digest, image.Digest)
	remove := artifact.NewDeleteArtifactParams().WithProjectName(home).WithRepositoryName(target).WithReference(image.Digest)
	must(api.Artifact.DeleteArtifact(remove, nil))
	gone, err := api.Artifact.GetArtifact(get, nil)
	mustBeGone("the copy", gone, err)
}

func tags() {
	create := artifact.NewCreateTagParams().WithProjectName(home).WithRepositoryName(repositoryName).WithReference("v1")
	must(api.Artifact.CreateTag(create.WithTag(&models.NewTag{Name: pointer("walked")}), nil))
	list := artifact.NewListTagsParams().WithProjectName(home).WithRepositoryName(repositoryName).WithReference("v1")
	list = list.WithSort(pointer("name"))
	name := func(tag *models.Tag) string { return tag.Name }
	check("the tags", collect(must(api.Artifact.ListTags(list, nil)).Payload, name), []string{"v1", "walked"})
	remove := artifact.NewDeleteTagParams().WithProjectName(home).WithRepositoryName(repositoryName).WithReference("v1")
	must(api.Artifact.DeleteTag(remove.WithTagName("walked"), nil))
	check("the tags then", collect(must(api.Artifact.ListTags(list, nil)).Payload, name), []string{"v1"})
}
