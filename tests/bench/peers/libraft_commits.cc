/* libraft's own fixture, a simulated cluster for its tests.
 *
 *     libraft-commits NODES OUTSTANDING COMMANDS SNAPSHOT     commits per CPU second
 *
 * Commands of 8 bytes go to the leader directly; OUTSTANDING of them wait at a time.  A message
 * takes 1 ms, a write to disk 1 ms: constants, and the fixture knows no others.  SNAPSHOT: after
 * how many entries each server takes a snapshot and cuts its log (COMMANDS or more: never).  It
 * matters because the fixture copies and compares the leader's whole log after every event. */
extern "C" {
#include <raft.h>
#include <raft/fixture.h>
}

#include "peer.h"

enum { NODES_MAX = RAFT_FIXTURE_MAX_SERVERS, OUTSTANDING_MAX = 1024, ELECTION_MS_MAX = 60000 };

static struct raft_fixture fixture;
static uint32_t open_commands, answered;

static void must(int status, const char *what)
{
    if (status != 0) {
        fprintf(stderr, "libraft-commits: %s: %s\n", what, raft_strerror(status));
        exit(1);
    }
}

/* ---- A state machine that keeps the last command -----------------------------------------------
 */

static int apply(struct raft_fsm *fsm, const struct raft_buffer *buffer, void **result)
{
    memcpy(fsm->data, buffer->base, sizeof(uint64_t));
    *result = NULL;
    return 0;
}

static int snapshot(struct raft_fsm *fsm, struct raft_buffer *buffers[], unsigned *count)
{
    *buffers = static_cast<raft_buffer *>(raft_malloc(sizeof **buffers));
    *count = 1;
    if (*buffers == NULL)
        return RAFT_NOMEM;
    (*buffers)[0].len = sizeof(uint64_t);
    (*buffers)[0].base = raft_malloc(sizeof(uint64_t));
    if ((*buffers)[0].base == NULL)
        return RAFT_NOMEM;
    memcpy((*buffers)[0].base, fsm->data, sizeof(uint64_t));
    return 0;
}

static int restore(struct raft_fsm *fsm, struct raft_buffer *buffer)
{
    memcpy(fsm->data, buffer->base, sizeof(uint64_t));
    raft_free(buffer->base);
    return 0;
}

/* ---- The cluster -------------------------------------------------------------------------------
 */

static void set_up(uint32_t nodes, uint32_t snapshot_after)
{
    static struct raft_fsm machines[NODES_MAX];
    static uint64_t values[NODES_MAX];
    must(raft_fixture_initialize(&fixture), "initialize");
    for (uint32_t i = 0; i < nodes; i++) {
        machines[i].version = 1;
        machines[i].data = &values[i];
        machines[i].apply = apply;
        machines[i].snapshot = snapshot;
        machines[i].restore = restore;
        must(raft_fixture_grow(&fixture, &machines[i]), "grow");
        raft_fixture_set_network_latency(&fixture, i, 1);
        raft_fixture_set_disk_latency(&fixture, i, 1);
        raft_set_snapshot_threshold(raft_fixture_get(&fixture, i), snapshot_after);
        raft_set_snapshot_trailing(raft_fixture_get(&fixture, i), snapshot_after);
    }
    struct raft_configuration configuration;
    must(raft_fixture_configuration(&fixture, nodes, &configuration), "configuration");
    must(raft_fixture_bootstrap(&fixture, &configuration), "bootstrap");
    raft_configuration_close(&configuration);
    must(raft_fixture_start(&fixture), "start");
    if (!raft_fixture_step_until_has_leader(&fixture, ELECTION_MS_MAX))
        must(RAFT_NOTLEADER, "election");
}

static void on_applied(struct raft_apply *request, int status, void *)
{
    must(status, "apply");
    request->data = NULL;
    open_commands--;
    answered++;
}

static void ask(struct raft_apply *request, uint64_t command)
{
    struct raft_buffer buffer = { raft_malloc(sizeof command), sizeof command };
    if (buffer.base == NULL)
        must(RAFT_NOMEM, "command");
    memcpy(buffer.base, &command, sizeof command);
    request->data = request;
    open_commands++;
    unsigned leader = raft_fixture_leader_index(&fixture);
    must(raft_apply(raft_fixture_get(&fixture, leader), request, &buffer, 1, on_applied), "ask");
}

static void commit(uint32_t commands, uint32_t outstanding)
{
    static struct raft_apply requests[OUTSTANDING_MAX];
    uint32_t asked = 0;
    while (answered < commands) {
        for (uint32_t i = 0; open_commands < outstanding && asked < commands; i++) {
            if (requests[i].data == NULL)
                ask(&requests[i], ++asked);
        }
        raft_fixture_step(&fixture);
    }
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fputs("usage: libraft-commits NODES OUTSTANDING COMMANDS SNAPSHOT\n", stderr);
        return 2;
    }
    uint32_t nodes = peer_number(argv[1]), outstanding = peer_number(argv[2]);
    uint32_t commands = peer_number(argv[3]);
    if (nodes > NODES_MAX || outstanding > OUTSTANDING_MAX) {
        fputs("libraft-commits: too many nodes or commands at a time\n", stderr);
        return 2;
    }
    double begun = peer_cpu_ns();
    set_up(nodes, peer_number(argv[4]));
    commit(commands, outstanding);
    peer_print(commands / ((peer_cpu_ns() - begun) / 1e9));
    raft_fixture_close(&fixture);
    return 0;
}
