"""scripts/kubernetes-check: the manifests of deploy/kubernetes."""
