#include "live/streams.h"

#include <errno.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/context.h"

enum {
    WAITING_BYTES_MAX = 16 << 20, /* for one instance; more is lost */
    READ_BYTES = 65536,
    READS_AT_ONCE = 16, /* then others have their turn */
};

/* What stands before each message. */
struct stream_head {
    struct wire_datagram head;
    uint64_t size; /* bytes behind it */
};

struct waiting {
    size_t size;
    uint8_t bytes[];
};

/* To one instance. */
struct outgoing {
    struct streams *streams;
    int fd; /* -1: there is no connection */
    guint readable, writable;
    GQueue waiting; /* struct waiting; of the first one `written` bytes are gone */
    size_t written, waiting_bytes;
};

/* From somebody. */
struct incoming {
    struct streams *streams;
    int fd;
    guint readable;
    GByteArray *bytes;
};

struct streams {
    struct streams_options options;
    int listener;
    guint listening;
    struct outgoing *outgoing; /* by instance */
    GPtrArray *incoming;       /* struct incoming */
};

static void unwatch(guint *source)
{
    if (*source != 0)
        g_source_remove(*source);
    *source = 0;
}

/* ---- Sending --------------------------------------------------------------------------------- */

/* The connection is gone, and what waited for it. */
static void outgoing_close(struct outgoing *outgoing)
{
    *outgoing->streams->options.lost += outgoing->waiting.length;
    g_queue_clear_full(&outgoing->waiting, g_free);
    outgoing->written = outgoing->waiting_bytes = 0;
    unwatch(&outgoing->readable);
    unwatch(&outgoing->writable);
    if (outgoing->fd >= 0)
        close(outgoing->fd);
    outgoing->fd = -1;
}

/* Nobody answers here: what comes is the other side's end. */
static gboolean on_end(gint fd, GIOCondition condition, gpointer argument)
{
    uint8_t byte;
    (void)condition;
    if (recv(fd, &byte, sizeof byte, MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EINTR))
        return G_SOURCE_CONTINUE;
    outgoing_close(argument);
    return G_SOURCE_REMOVE;
}

/* Write what waits as far as the kernel takes it.  False if the connection is gone. */
static bool outgoing_write(struct outgoing *outgoing)
{
    const struct waiting *first = g_queue_peek_head(&outgoing->waiting);
    while (first != NULL) {
        ssize_t put = send(outgoing->fd, first->bytes + outgoing->written,
                           first->size - outgoing->written, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0 && (errno == EAGAIN || errno == EINPROGRESS || errno == ENOTCONN))
            return true;
        if (put < 0)
            return false;
        outgoing->written += (size_t)put;
        cs_assert(outgoing->written <= first->size);
        if (outgoing->written < first->size)
            continue;
        cs_assert(first->size <= outgoing->waiting_bytes);
        outgoing->waiting_bytes -= first->size;
        outgoing->written = 0;
        g_free(g_queue_pop_head(&outgoing->waiting));
        first = g_queue_peek_head(&outgoing->waiting);
    }
    cs_assert(outgoing->waiting_bytes == 0);
    return true;
}

static gboolean on_writable(gint fd, GIOCondition condition, gpointer argument)
{
    struct outgoing *outgoing = argument;
    int number = 0;
    socklen_t size = sizeof number;
    (void)condition;
    bool good = getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &size) == 0 && number == 0;
    if (!good || !outgoing_write(outgoing)) {
        outgoing_close(outgoing);
        return G_SOURCE_REMOVE;
    }
    if (!g_queue_is_empty(&outgoing->waiting))
        return G_SOURCE_CONTINUE;
    outgoing->writable = 0;
    return G_SOURCE_REMOVE;
}

static int open_socket(void)
{
    const int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static bool outgoing_open(struct outgoing *outgoing, uint32_t to)
{
    cs_assert(outgoing->fd < 0);
    struct sockaddr_in address = wire_address(outgoing->streams->options.port_base, to);
    outgoing->fd = open_socket();
    if (outgoing->fd < 0)
        return false;
    if (connect(outgoing->fd, (const struct sockaddr *)&address, sizeof address) != 0 &&
        errno != EINPROGRESS)
        return false;
    outgoing->readable = g_unix_fd_add(outgoing->fd, G_IO_IN | G_IO_HUP, on_end, outgoing);
    return true;
}

void streams_send(struct streams *streams, uint32_t to, cs_kind kind, struct cs_bytes body)
{
    cs_assert(to < streams->options.count);
    struct outgoing *outgoing = &streams->outgoing[to];
    const struct stream_head head = {
        .head = { streams->options.run, streams->options.self, kind, wire_monotonic_ns() },
        .size = body.size,
    };
    size_t size = sizeof head + body.size;
    if (outgoing->waiting_bytes + size > WAITING_BYTES_MAX) {
        ++*streams->options.lost;
        return;
    }
    struct waiting *message = g_malloc(sizeof *message + size);
    message->size = size;
    memcpy(message->bytes, &head, sizeof head);
    if (body.size > 0)
        memcpy(message->bytes + sizeof head, body.data, body.size);
    g_queue_push_tail(&outgoing->waiting, message);
    outgoing->waiting_bytes += size;
    bool good = outgoing->fd >= 0 || outgoing_open(outgoing, to);
    if (!good || !outgoing_write(outgoing)) {
        outgoing_close(outgoing);
    } else if (!g_queue_is_empty(&outgoing->waiting) && outgoing->writable == 0) {
        outgoing->writable = g_unix_fd_add(outgoing->fd, G_IO_OUT, on_writable, outgoing);
    }
}

/* ---- Receiving ------------------------------------------------------------------------------- */

static void incoming_free(gpointer argument)
{
    struct incoming *incoming = argument;
    unwatch(&incoming->readable);
    close(incoming->fd);
    g_byte_array_unref(incoming->bytes);
    g_free(incoming);
}

/* Hand over the whole messages that have come.  False if it is somebody else who speaks. */
static bool incoming_take(struct incoming *incoming)
{
    const struct streams_options *options = &incoming->streams->options;
    struct stream_head head;
    size_t at = 0;
    while (incoming->bytes->len - at >= sizeof head) {
        memcpy(&head, incoming->bytes->data + at, sizeof head);
        if (head.head.run != options->run || head.head.from >= options->count ||
            head.size > CONTEXT_MESSAGE_MAX)
            return false;
        if (incoming->bytes->len - at - sizeof head < head.size)
            break;
        options->on_message(options->owner, &head.head,
                            cs_bytes_of(incoming->bytes->data + at + sizeof head, head.size));
        at += sizeof head + head.size;
    }
    cs_assert(at <= incoming->bytes->len);
    g_byte_array_remove_range(incoming->bytes, 0, (guint)at);
    return true;
}

static gboolean on_bytes(gint fd, GIOCondition condition, gpointer argument)
{
    struct incoming *incoming = argument;
    struct streams *streams = incoming->streams;
    uint8_t bytes[READ_BYTES];
    bool good = true;
    (void)condition;
    for (int i = 0; i < READS_AT_ONCE && good; i++) {
        ssize_t size = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (size < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        good = size > 0;
        if (good)
            g_byte_array_append(incoming->bytes, bytes, (guint)size);
        good = incoming_take(incoming) && good;
    }
    if (!good) {
        incoming->readable = 0;
        g_ptr_array_remove(streams->incoming, incoming);
    }
    streams->options.on_batch(streams->options.owner);
    return good ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static gboolean on_connection(gint fd, GIOCondition condition, gpointer argument)
{
    struct streams *streams = argument;
    (void)condition;
    int peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (peer < 0)
        return G_SOURCE_CONTINUE;
    struct incoming *incoming = g_new0(struct incoming, 1);
    incoming->streams = streams;
    incoming->fd = peer;
    incoming->bytes = g_byte_array_new();
    incoming->readable = g_unix_fd_add(peer, G_IO_IN | G_IO_HUP, on_bytes, incoming);
    g_ptr_array_add(streams->incoming, incoming);
    return G_SOURCE_CONTINUE;
}

/* ---- Beginning and end ----------------------------------------------------------------------- */

struct streams *streams_new(const struct streams_options *options)
{
    cs_assert(options->self < options->count);
    struct sockaddr_in address = wire_address(options->port_base, options->self);
    int fd = open_socket();
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, SOMAXCONN) != 0) {
        int number = errno;
        if (fd >= 0)
            close(fd);
        errno = number;
        return NULL;
    }
    struct streams *streams = g_new0(struct streams, 1);
    streams->options = *options;
    streams->listener = fd;
    streams->listening = g_unix_fd_add(fd, G_IO_IN, on_connection, streams);
    streams->incoming = g_ptr_array_new_with_free_func(incoming_free);
    streams->outgoing = g_new0(struct outgoing, options->count);
    for (uint32_t i = 0; i < options->count; i++) {
        streams->outgoing[i].streams = streams;
        streams->outgoing[i].fd = -1;
    }
    return streams;
}

void streams_free(struct streams *streams)
{
    if (streams == NULL)
        return;
    unwatch(&streams->listening);
    close(streams->listener);
    for (uint32_t i = 0; i < streams->options.count; i++)
        outgoing_close(&streams->outgoing[i]);
    g_ptr_array_unref(streams->incoming);
    g_free(streams->outgoing);
    g_free(streams);
}
