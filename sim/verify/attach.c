/* A verifier on a running cluster.  Apart from verifier.c, so that oracles can be tried without the
 * host. */
#include "verify/oracle.h"

struct verifier *verifier_new(struct cluster *cluster, const bool *enabled)
{
    struct verifier *verifier = verifier_new_on(cluster_options_of(cluster), enabled);
    struct cluster_observer observer = verifier_observer(verifier);
    cluster_observe(cluster, &observer);
    return verifier;
}
