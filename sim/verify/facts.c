#include "verify/facts.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

/* clang-format off */
static const struct fact_row rows[CS_FACT_KIND_COUNT] = {
    /*                        name              durable lasting a_node b_node  a, b, c */
    [CS_FACT_ROLE]           = { "ROLE",           false, false, false, false, "role", "term", NULL },
    [CS_FACT_LEADER]         = { "LEADER",         false, false, false, false, "term", "last index", "last term" },
    [CS_FACT_VOTED]          = { "VOTED",          true,  true,  false, true,  "term", "vote", NULL },
    [CS_FACT_APPENDED]       = { "APPENDED",       false, false, false, false, "index", "term", NULL },
    [CS_FACT_TRUNCATED]      = { "TRUNCATED",      false, false, false, false, "from", NULL, NULL },
    [CS_FACT_STORED]         = { "STORED",         true,  true,  false, false, "index", "term", NULL },
    [CS_FACT_COMMITTED]      = { "COMMITTED",      false, false, false, false, "index", "term", NULL },
    [CS_FACT_APPLIED]        = { "APPLIED",        false, false, false, false, "index", "term", NULL },
    [CS_FACT_SNAPSHOT]       = { "SNAPSHOT",       true,  true,  false, false, "index", "term", NULL },
    [CS_FACT_CONFIG]         = { "CONFIG",         false, false, false, false, "index", NULL, NULL },
    [CS_FACT_PROMISED]       = { "PROMISED",       true,  true,  false, false, "instance", "ballot", NULL },
    [CS_FACT_ACCEPTED]       = { "ACCEPTED",       true,  true,  false, false, "instance", "ballot", NULL },
    [CS_FACT_CHOSEN]         = { "CHOSEN",         false, false, false, false, "instance", "ballot", NULL },
    [CS_FACT_PREPARED]       = { "PREPARED",       true,  false, false, false, "transaction", NULL, NULL },
    [CS_FACT_DECIDED]        = { "DECIDED",        true,  false, false, false, "transaction", "decision", NULL },
    [CS_FACT_GRANTED]        = { "GRANTED",        true,  false, false, false, "lock", "holder", "token" },
    [CS_FACT_RELEASED]       = { "RELEASED",       false, false, false, false, "lock", "holder", "token" },
    [CS_FACT_TOKEN_ADMITTED] = { "TOKEN_ADMITTED", false, false, false, false, "lock", NULL, "token" },
    [CS_FACT_PLACED]         = { "PLACED",         true,  false, false, false, "item", "fragment", "offset" },
    [CS_FACT_OWNED]          = { "OWNED",          false, false, false, false, "shard", "epoch", NULL },
    [CS_FACT_ROUTED]         = { "ROUTED",         false, false, false, true,  "request", "backend", NULL },
    [CS_FACT_DONE]           = { "DONE",           false, false, false, true,  "request", "backend", NULL },
    [CS_FACT_SUSPECTED]      = { "SUSPECTED",      false, false, true,  false, "node", "incarnation", NULL },
    [CS_FACT_TRUSTED]        = { "TRUSTED",        false, false, true,  false, "node", "incarnation", NULL },
    [CS_FACT_STATE]          = { "STATE",          false, false, false, false, NULL, NULL, NULL },
};
/* clang-format on */

_Static_assert(CS_FACT_KIND_COUNT <= 64, "the kinds are the bits of a word");

const struct fact_row *fact_row(enum cs_fact_kind kind)
{
    cs_assert((unsigned)kind < CS_FACT_KIND_COUNT);
    cs_assert(rows[kind].name != NULL);
    return &rows[kind];
}

const char *instance_name(const struct cluster_options *options, uint64_t instance)
{
    if (instance == CS_NODE_NONE)
        return "nobody";
    return instance < options->instance_count ? options->instances[instance].name : "a stranger";
}

/* Add "SEPARATOR NAME VALUE" and return the separator of the next one. */
static const char *add_field(struct cs_text *text, const char *separator, const char *name,
                             uint64_t value, bool node, const struct cluster_options *options)
{
    if (name == NULL)
        return separator;
    if (node) {
        cs_text_add(text, "%s%s %s", separator, name, instance_name(options, value));
    } else {
        cs_text_add(text, "%s%s %" PRIu64, separator, name, value);
    }
    return ", ";
}

void fact_describe(struct cs_text *text, const struct stated_fact *fact,
                   const struct cluster_options *options)
{
    const struct fact_row *row = fact_row(fact->kind);
    cs_text_add(text, "%s", row->name);
    const char *separator = " (";
    separator = add_field(text, separator, row->a, fact->a, row->a_node, options);
    separator = add_field(text, separator, row->b, fact->b, row->b_node, options);
    add_field(text, separator, row->c, fact->c, false, options);
    cs_text_add(text, ")");
}

struct moment moment_of(uint64_t at_ns)
{
    struct cs_text text = { 0 };
    struct moment moment;
    text_add_duration(&text, at_ns);
    cs_assert(text.size < sizeof moment.text);
    memcpy(moment.text, text.data, text.size + 1);
    text_done(&text);
    return moment;
}
