/* A set of oracles on a stream of facts.
 *
 * The mirrors take each fact first; then every oracle that lives on its kind sees it, in the order
 * of oracle_types. */
#include <inttypes.h>
#include <stdlib.h>

#include "verify/facts.h"
#include "verify/mirror.h"
#include "verify/oracle.h"

enum { ORACLES_MAX = 32 };

struct verifier {
    const struct cluster_options *options;
    struct log_mirrors *mirrors;
    struct oracle oracles[ORACLES_MAX];
    size_t count;
    /* By kind of fact: the oracles that live on it, by their index. */
    uint8_t interested[CS_FACT_KIND_COUNT][ORACLES_MAX];
    uint8_t interested_count[CS_FACT_KIND_COUNT];
    uint64_t wanted; /* bit CS_FACT_x: somebody, or the mirrors, have to see it */
};

void oracle_violation(struct oracle *oracle, uint64_t at_ns, uint32_t instance, const char *format,
                      ...)
{
    oracle->violations++;
    if (oracle->violated)
        return;
    oracle->violated = true;
    oracle->violated_at_ns = at_ns;
    oracle->violated_by = instance;
    va_list arguments;
    va_start(arguments, format);
    text_add_list(&oracle->detail, format, arguments);
    va_end(arguments);
    cs_assert(oracle->detail.size > 0);
}

enum check_verdict oracle_verdict(const struct oracle *oracle)
{
    if (oracle->violated)
        return CHECK_VIOLATION;
    return oracle->seen > 0 ? CHECK_PASS : CHECK_INCONCLUSIVE;
}

static void oracle_init(struct verifier *verifier, const struct oracle_type *type)
{
    cs_assert(verifier->count < ORACLES_MAX);
    uint8_t number = (uint8_t)verifier->count++;
    struct oracle *oracle = &verifier->oracles[number];
    oracle->type = type;
    oracle->options = verifier->options;
    oracle->mirrors = verifier->mirrors;
    oracle->violated_by = CS_NODE_NONE;
    if (type->create != NULL)
        oracle->state = type->create(verifier->options);
    cs_assert(type->facts == 0 || type->on_fact != NULL);
    if (type->facts != 0)
        verifier->wanted |= type->facts | FACTS_OF_LOGS;
    for (unsigned kind = 0; kind < CS_FACT_KIND_COUNT; kind++) {
        if ((type->facts >> kind & 1) != 0)
            verifier->interested[kind][verifier->interested_count[kind]++] = number;
    }
}

struct verifier *verifier_new_on(const struct cluster_options *options, const bool *enabled)
{
    cs_assert(options != NULL);
    struct verifier *verifier = calloc(1, sizeof *verifier);
    cs_assert(verifier != NULL);
    verifier->options = options;
    verifier->mirrors = log_mirrors_new(options->instance_count);
    for (size_t t = 0; oracle_types[t] != NULL; t++) {
        if (enabled[t])
            oracle_init(verifier, oracle_types[t]);
    }
    return verifier;
}

void verifier_free(struct verifier *verifier)
{
    if (verifier == NULL)
        return;
    for (size_t i = 0; i < verifier->count; i++) {
        struct oracle *oracle = &verifier->oracles[i];
        if (oracle->type->destroy != NULL)
            oracle->type->destroy(oracle->state);
        text_done(&oracle->detail);
    }
    log_mirrors_free(verifier->mirrors);
    free(verifier);
}

bool verifier_violated(const struct verifier *verifier)
{
    for (size_t i = 0; i < verifier->count; i++) {
        if (verifier->oracles[i].violated)
            return true;
    }
    return false;
}

size_t verifier_count(const struct verifier *verifier) { return verifier->count; }

const struct oracle *verifier_at(const struct verifier *verifier, size_t index)
{
    cs_assert(index < verifier->count);
    return &verifier->oracles[index];
}

/* ---- What the cluster tells ---------------------------------------------------------------------
 */

static void on_fact(void *self, const struct stated_fact *fact)
{
    struct verifier *verifier = self;
    cs_assert((unsigned)fact->kind < CS_FACT_KIND_COUNT);
    if ((verifier->wanted >> fact->kind & 1) == 0)
        return;
    struct replica *replica = log_mirrors_take(verifier->mirrors, fact);
    size_t count = verifier->interested_count[fact->kind];
    for (size_t i = 0; i < count; i++) {
        struct oracle *oracle = &verifier->oracles[verifier->interested[fact->kind][i]];
        oracle->type->on_fact(oracle, fact, replica);
    }
}

static void on_boot(void *self, uint64_t at_ns, uint32_t instance, uint32_t incarnation,
                    enum cs_start start)
{
    struct verifier *verifier = self;
    (void)incarnation;
    log_mirrors_boot(verifier->mirrors, instance, start);
    for (size_t i = 0; i < verifier->count; i++) {
        struct oracle *oracle = &verifier->oracles[i];
        if (oracle->type->on_boot != NULL)
            oracle->type->on_boot(oracle, at_ns, instance, start);
    }
}

static void on_ready(void *self, uint64_t at_ns, uint32_t instance, uint32_t incarnation)
{
    struct verifier *verifier = self;
    (void)incarnation;
    for (size_t i = 0; i < verifier->count; i++) {
        struct oracle *oracle = &verifier->oracles[i];
        if (oracle->type->on_ready != NULL)
            oracle->type->on_ready(oracle, at_ns, instance);
    }
    log_mirrors_ready(verifier->mirrors, instance);
}

static void on_end(void *self, uint64_t at_ns, uint32_t instance, enum instance_end end,
                   const char *reason)
{
    struct verifier *verifier = self;
    for (size_t i = 0; i < verifier->count; i++) {
        struct oracle *oracle = &verifier->oracles[i];
        if (oracle->type->on_end != NULL)
            oracle->type->on_end(oracle, at_ns, instance, end, reason);
    }
}

struct cluster_observer verifier_observer(struct verifier *verifier)
{
    return (struct cluster_observer){
        .self = verifier,
        .on_fact = on_fact,
        .on_boot = on_boot,
        .on_ready = on_ready,
        .on_end = on_end,
    };
}

bool verifier_at_rest(struct verifier *verifier, uint64_t since_ns, uint64_t at_ns, bool last)
{
    bool rests = true;
    for (size_t i = 0; i < verifier->count; i++) {
        struct oracle *oracle = &verifier->oracles[i];
        if (oracle->type->at_rest != NULL)
            rests = oracle->type->at_rest(oracle, since_ns, at_ns, last) && rests;
    }
    return rests;
}

void verifier_finish(struct verifier *verifier, uint64_t at_ns, const struct history *history)
{
    for (size_t i = 0; i < verifier->count; i++) {
        struct oracle *oracle = &verifier->oracles[i];
        if (oracle->type->at_end == NULL || (oracle->type->needs_history && history == NULL))
            continue;
        oracle->type->at_end(oracle, at_ns, history);
    }
}
