// Walks one part of Harbor's API with a client that go-swagger made of Harbor's interface, as Harbor's own Go client is made:
// walk PART. Ends with 1 and the reason when anything is not as it should be.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"strconv"
	"strings"

	httptransport "github.com/go-openapi/runtime/client"
	"github.com/go-openapi/strfmt"
	"roadstead.test/harbor/client"
)

var (
	address        = must(url.Parse(os.Getenv("HARBOR_API")))
	username       = os.Getenv("HARBOR_USERNAME")
	password       = os.Getenv("HARBOR_PASSWORD")
	slug           = os.Getenv("WALK_SLUG")
	home           = os.Getenv("WALK_PROJECT")
	repositoryName = url.PathEscape(slug + "/app")
	recorder       = &recording{}
	api            = connect(username, password)
)

var parts = map[string]func(){
	"projects":           projects,
	"project metadata":   projectMetadata,
	"members":            members,
	"users":              users,
	"user groups":        userGroups,
	"robots":             robots,
	"labels":             labels,
	"repositories":       repositories,
	"artifacts":          artifacts,
	"tags":               tags,
	"quotas":             quotas,
	"retention":          retentionPolicies,
	"immutability":       immutability,
	"webhooks":           webhooks,
	"registries":         registries,
	"replication":        replicationRules,
	"scanners":           scanners,
	"scan all":           scanAll,
	"preheat":            preheatInstances,
	"garbage collection": garbageCollection,
	"audit log":          auditLog,
	"audit log purge":    auditLogPurge,
	"search":             searchAll,
	"statistics":         statistics,
	"system info":        systemInfo,
	"permissions":        permissionCatalogue,
	"configuration":      configuration,
	"CVE allowlist":      cveAllowlist,
}

// recording sees every answer: Location and status are read from it, and what the server says of an operation that it does not have.
type recording struct {
	answers  int
	status   int
	location string
}

func (r *recording) RoundTrip(request *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	r.answers++
	r.status = answer.StatusCode
	r.location = answer.Header.Get("Location")
	if answer.Header.Get("X-Request-Id") == "" {
		return nil, fmt.Errorf("%s has no X-Request-Id", request.URL)
	}
	if answer.StatusCode >= 400 {
		fmt.Fprintf(os.Stderr, "%s %s: %d %s\n", request.Method, request.URL.Path, answer.StatusCode, body)
	}
	return answer, nil
}

func connect(name, secret string) *client.HarborAPI {
	transport := httptransport.New(address.Host, address.Path, []string{address.Scheme})
	transport.Transport = recorder
	transport.DefaultAuthentication = httptransport.BasicAuth(name, secret)
	return client.New(transport, strfmt.Default)
}

func main() {
	part, known := parts[os.Args[1]]
	if !known {
		fmt.Fprintln(os.Stderr, "there is no part "+os.Args[1])
		os.Exit(1)
	}
	if reason := run(part); reason != nil {
		fmt.Fprintln(os.Stderr, reason)
		os.Exit(1)
	}
	fmt.Printf("%d answers\n", recorder.answers)
}

// run returns what a part ended with; what it put off to its end was done then.
func run(part func()) (reason any) {
	defer func() { reason = recover() }()
	part()
	return nil
}

func must[Value any](value Value, err error) Value {
	if err != nil {
		panic(err)
	}
	return value
}

func check(what string, found, expected any) {
	if !reflect.DeepEqual(found, expected) {
		panic(fmt.Sprintf("%s is %v, not %v", what, found, expected))
	}
}

func pointer[Value any](value Value) *Value { return &value }

// mustBeGone holds the answer to a reading against 404.
func mustBeGone[Value any](what string, _ Value, err error) {
	if err == nil || recorder.status != http.StatusNotFound {
		panic(what + " is still there")
	}
}

// readPlain gets what the generated client has no type for.
func readPlain(path string) []byte {
	request := must(http.NewRequest(http.MethodGet, address.String()+path, nil))
	request.SetBasicAuth(username, password)
	answer := must((&http.Client{Transport: recorder}).Do(request))
	check(path, answer.StatusCode, http.StatusOK)
	return must(io.ReadAll(answer.Body))
}

// madeID is the number that the last Location ends in.
func madeID() int64 {
	return must(strconv.ParseInt(recorder.location[strings.LastIndex(recorder.location, "/")+1:], 10, 64))
}

func collect[Item, Value any](items []Item, of func(Item) Value) []Value {
	values := []Value{}
	for _, item := range items {
		values = append(values, of(item))
	}
	return values
}
