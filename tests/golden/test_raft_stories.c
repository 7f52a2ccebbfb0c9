/* Raft's two basic stories, line by line: a cluster elects its first leader, and a client's write
 * is replicated.  When a change of the protocol or of the simulator changes a story, the diff shows
 * in which sentence; whoever blesses it has read it. */
#include <check.h>
#include <string.h>

#include "stage.h"
#include "support/suite.h"

enum { SERVERS = 3 };
#define SECOND      UINT64_C(1000000000)
#define MILLISECOND UINT64_C(1000000)

/* What a story waits for. */
struct ending {
    struct cluster *cluster;
    uint64_t commit; /* halts when a server has committed so far; 0: never */
    uint64_t apply;  /* halts when every server has applied this and `reply` was given; 0: never */
    cs_request reply;
    uint32_t applied;
    bool replied;
    enum cs_status status;
};

static void end_if_all_is_told(struct ending *ending)
{
    if (ending->apply != 0 && ending->applied == SERVERS && ending->replied)
        cluster_halt(ending->cluster);
}

static void on_fact(void *self, const struct stated_fact *fact)
{
    struct ending *ending = self;
    if (fact->kind == CS_FACT_COMMITTED && ending->commit != 0 && fact->a >= ending->commit)
        cluster_halt(ending->cluster);
    if (fact->kind == CS_FACT_APPLIED && fact->a == ending->apply)
        ending->applied++;
    end_if_all_is_told(ending);
}

static void on_reply(void *self, uint64_t at_ns, uint32_t instance, cs_request request,
                     const struct cs_result *result)
{
    (void)at_ns, (void)instance;
    struct ending *ending = self;
    if (request != ending->reply)
        return;
    ending->replied = true;
    ending->status = result->status;
    end_if_all_is_told(ending);
}

static void observe(struct stage *stage, struct ending *ending)
{
    ending->cluster = stage->cluster;
    cluster_observe(stage->cluster, &(struct cluster_observer){
                                        .self = ending, .on_fact = on_fact, .on_reply = on_reply });
}

static cs_request put(struct stage *stage, const char *key, const char *value)
{
    const struct cs_op op = {
        .kind = CS_OP_PUT,
        .session = 1,
        .key = cs_bytes_of(key, strlen(key)),
        .value = cs_bytes_of(value, strlen(value)),
    };
    return cluster_request(stage->cluster, stage_instance(stage, "client-1"), &op);
}

static void narrate(struct stage *stage, const char *title)
{
    cs_text_add(&stage->told, "# %s\n", title);
    cs_text_add(
        &stage->told,
        "# A server's timer 0 is the election timeout, timer 1 the heartbeat.  \"last\" and "
        "\"prev\" are index/term.\n\n");
    cluster_narrate(stage->cluster, &stage->told, NULL);
}

START_TEST(three_nodes_elect_a_leader_and_commit_its_first_entry)
{
    struct stage stage;
    stage_open(&stage, "three-nodes.json", NULL);
    struct ending ending = { .commit = 1 };
    observe(&stage, &ending);
    narrate(&stage, "Three nodes boot, elect a leader, and commit its first, blank entry.");
    ck_assert(!cluster_run(stage.cluster, 2 * SECOND, UINT64_MAX));
    stage_expect_golden("raft-election", text_string(&stage.told));
    stage_close(&stage);
}
END_TEST

/* The client's session is opened by a write that is not told of.  Entry 1 is the leader's blank
 * one, 2 opens the session, 3 is the first write. */
START_TEST(a_write_is_on_a_majority_before_the_client_hears_of_it)
{
    struct stage stage;
    stage_open(&stage, "three-nodes.json", NULL);
    struct ending ending = { .apply = 4 };
    observe(&stage, &ending);
    ck_assert(cluster_run(stage.cluster, SECOND, UINT64_MAX));
    put(&stage, "colour", "red");
    ck_assert(cluster_run(stage.cluster, 2020 * MILLISECOND, UINT64_MAX)); /* between heartbeats */
    narrate(&stage, "A client's write is replicated, committed, answered, and applied everywhere.");
    ending.reply = put(&stage, "colour", "green");
    ck_assert(!cluster_run(stage.cluster, 3 * SECOND, UINT64_MAX));
    ck_assert(ending.status == CS_OK);
    stage_expect_golden("raft-write", text_string(&stage.told));
    stage_close(&stage);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("raft stories");
    TCase *tests = tcase_create("stories");
    tcase_add_test(tests, three_nodes_elect_a_leader_and_commit_its_first_entry);
    tcase_add_test(tests, a_write_is_on_a_majority_before_the_client_hears_of_it);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
