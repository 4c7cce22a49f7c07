// Command pulumi-resource-kubernetes is Pulumi's Kubernetes provider. Its own main package cannot be built from the
// module, which lacks the generated schema that it embeds; that one serves SDK generation alone.
package main

import "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"

// version is the release of the SDK (package.json) that the provider was made for.
const version = "4.25.0"

func main() {
	schema := []byte(`{"name":"kubernetes","version":"` + version + `"}`)
	provider.Serve("kubernetes", version, schema, []byte("{}"))
}
