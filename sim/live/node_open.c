/* What a node opens before it starts, and closes at its end. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/random.h"
#include "live/node_internal.h"

enum { SOCKET_BYTES = 4 << 20 /* asked for; the kernel may give less */ };

static bool open_socket(struct node *node, GError **error)
{
    uint32_t port = node->options->port_base + node->options->instance;
    struct sockaddr_in address = wire_address(node->options->port_base, node->options->instance);
    const int size = SOCKET_BYTES;
    cs_assert(node->socket < 0);
    node->socket = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (node->socket >= 0) {
        (void)setsockopt(node->socket, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
        (void)setsockopt(node->socket, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    }
    const struct streams_options streams = {
        .port_base = node->options->port_base,
        .self = node->options->instance,
        .count = node->options->plan->cluster.instance_count,
        .run = node->run,
        .owner = node,
        .on_message = node_on_message,
        .on_batch = node_on_batch,
        .lost = &node->counters.messages_lost,
    };
    bool bound = node->socket >= 0 &&
                 bind(node->socket, (const struct sockaddr *)&address, sizeof address) == 0;
    if (bound)
        node->streams = streams_new(&streams);
    if (!bound || node->streams == NULL) {
        int number = errno;
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(number),
                    "%s port %u of 127.0.0.1 cannot be used: %s", bound ? "TCP" : "UDP", port,
                    g_strerror(number));
        return false;
    }
    return true;
}

static void make(struct node *node)
{
    const struct plan *plan = node->options->plan;
    uint64_t starts = node->folder.starts;
    cs_assert(node->cluster == NULL);
    cs_assert(starts > 0);
    node->cluster_options = plan->cluster;
    node->cluster_options.seed = starts == 1 ? plan->seed : random_mix(plan->seed ^ starts << 32);
    node->cluster = cluster_new(&node->cluster_options);
    node->lent = cluster_lend(node->cluster, node->options->instance);
    node->lent->log_wanted = node->options->log;
    node->instance = &node->cluster_options.instances[node->options->instance];
    node->state = arena_alloc(node->lent->arena, node->instance->program->state_size);
    node->cut = g_new0(uint8_t, node->cluster_options.instance_count);
}

static bool open_record(struct node *node, GError **error)
{
    const struct record_options options = {
        .path = node->options->record,
        .build = node->options->build,
        .instance = node->instance->name,
        .scenario = node->options->plan->effective,
        .seed = node->cluster_options.seed,
        .lent = node->lent,
    };
    if (options.path == NULL)
        return true;
    cs_assert(node->record == NULL);
    node->record = record_new(&options, node->lent, error);
    return node->record != NULL;
}

/* The start is noted once nothing else can fail, so that it may be tried again. */
static bool open_volumes(struct node *node, GError **error)
{
    const struct files_options options = {
        .folder = node->options->folder,
        .sync = node->options->sync,
        .empty = node->folder.again,
    };
    make(node);
    if (!files_open(&node->files, node->lent, &options, error))
        return false;
    cs_assert(node->files.count == node->lent->volume_count);
    node->lent->files = &node->files.face;
    if (!open_record(node, error))
        return false;
    if (node_folder_note_start(&node->folder, error))
        return true;
    if (node->record != NULL)
        (void)unlink(node->options->record);
    return false;
}

/* The port first: whose port is in use leaves nothing behind. */
bool node_open(struct node *node, GError **error)
{
    if (!open_socket(node, error) || !node_folder_open(&node->folder, node->options->folder, error))
        return false;
    if (open_volumes(node, error))
        return true;
    files_take_back(&node->files);
    node_folder_take_back(&node->folder);
    return false;
}

void node_close(struct node *node)
{
    streams_free(node->streams);
    if (node->files.volumes != NULL)
        files_close(&node->files);
    node_folder_close(&node->folder);
    if (node->cluster != NULL)
        cluster_free(node->cluster);
    if (node->socket >= 0)
        close(node->socket);
    g_free(node->cut);
}
