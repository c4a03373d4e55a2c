#!/bin/sh
# LOAD_IMAGE for kind: the name is in the archive. KIND_CLUSTER names a cluster that is not called `kind`.
exec kind load image-archive "$2" --name "${KIND_CLUSTER:-kind}"
