// Only for the file in it that says what a Stack resource of the operator may be.
module engine/operator

go 1.26

require github.com/pulumi/pulumi-kubernetes-operator v1.16.0
