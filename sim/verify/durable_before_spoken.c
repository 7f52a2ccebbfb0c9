/* Persist, then speak: a fact that claims durability is released only when the write that it rests
 * on is durable.  No crash is needed to find a program that does not wait.  (Raft, figure 2:
 * "Updated on stable storage before responding to RPCs".)
 *
 * A recovered fact says what was found on the disk; whether that is what had been claimed is
 * recovered_agrees' business. */
#include "base/text.h"
#include "verify/facts.h"
#include "verify/oracles.h"

static void on_fact(struct oracle *oracle, const struct stated_fact *fact, struct replica *replica)
{
    (void)replica;
    cs_assert(fact_row(fact->kind)->durable);
    cs_assert(fact->rests || !fact->durable);
    if (fact->recovered)
        return;
    oracle->seen++;
    if (fact->durable)
        return;
    struct cs_text text = { 0 };
    fact_describe(&text, fact, oracle->options);
    oracle_violation(oracle, fact->at_ns, fact->instance, "%s stated %s %s",
                     instance_name(oracle->options, fact->instance), text_string(&text),
                     fact->rests ? "before the write that it rests on was durable"
                                 : "without naming a write that it rests on");
    text_done(&text);
}

const struct oracle_type oracle_durable_before_spoken = {
    .name = "durable_before_spoken",
    .about = "nothing is claimed to be kept before it is on stable storage (Raft, figure 2)",
    .facts = FACT(VOTED) | FACT(STORED) | FACT(SNAPSHOT) | FACT(PROMISED) | FACT(ACCEPTED) |
             FACT(PREPARED) | FACT(DECIDED) | FACT(GRANTED) | FACT(PLACED),
    .on_fact = on_fact,
};
