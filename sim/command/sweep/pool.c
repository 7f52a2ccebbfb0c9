/* Worker processes.  Each takes one number after another from a socket and answers with a line;
 * so a worker that dies or hangs is known to have been at one run, which is told, and another
 * worker takes its place.  So it does after each run of a protocol that keeps state beyond it. */
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command/command.h"
#include "command/sweep/sweep.h"

enum { WORKERS_MAX = 256, POLL_MS = 200, DETAIL_MAX = 300, LINE_BYTES_MAX = 1 << 28 };

struct reply {
    uint32_t status, size;
};

struct worker {
    pid_t process;
    int socket; /* -1: there is none */
    int talk;   /* what it says on standard error */
    bool busy;
    uint64_t number;
    gint64 since_us;
};

struct pool {
    const GArray *cells;
    const struct sweep_space *space;
    const struct sweep_limits *limits;
    struct sweep_store *store;
    const struct cs_protocol *const *protocols;
    const volatile sig_atomic_t *interrupted;
    struct worker workers[WORKERS_MAX];
    unsigned count;
    uint64_t next; /* number, or beyond */
    gint64 begun_us, told_us, gap_us;
    bool broken;
};

/* ---- In a worker ----------------------------------------------------------------------------- */

static bool transfer(int descriptor, void *data, size_t size, bool out)
{
    cs_assert(descriptor >= 0);
    char *bytes = data;
    while (size > 0) {
        ssize_t done =
            out ? send(descriptor, bytes, size, MSG_NOSIGNAL) : read(descriptor, bytes, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        bytes += done;
        size -= (size_t)done;
    }
    return true;
}

/* One run after the other takes about as much memory: what a run has given back, the next one finds
 * in the process instead of asking the system for it again, page by page. */
static void keep_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
}

static _Noreturn void work(const struct pool *pool, int socket, int talk, pid_t parent)
{
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || dup2(talk, STDERR_FILENO) < 0)
        _exit(EXIT_ENVIRONMENT);
    for (unsigned w = 0; w < pool->count; w++) {
        if (pool->workers[w].socket >= 0)
            close(pool->workers[w].socket);
    }
    sweep_store_leave(pool->store);
    keep_memory();
    uint64_t number = 0;
    while (transfer(socket, &number, sizeof number, false)) {
        uint64_t seed = 0;
        size_t cell = sweep_locate(pool->space, number, &seed);
        struct reply reply = { 0 };
        cs_assert(cell < pool->cells->len);
        if (ftruncate(STDERR_FILENO, 0) != 0 || lseek(STDERR_FILENO, 0, SEEK_SET) != 0)
            _exit(EXIT_ENVIRONMENT);
        g_autofree char *line = sweep_run(&g_array_index(pool->cells, struct sweep_cell, cell),
                                          cell, seed, pool->protocols, &reply.status);
        reply.size = (uint32_t)strlen(line);
        if (!transfer(socket, &reply, sizeof reply, true) ||
            !transfer(socket, line, reply.size, true))
            break;
    }
    _exit(EXIT_PASS);
}

/* ---- Workers come and go --------------------------------------------------------------------- */

static bool start(struct pool *pool, struct worker *worker)
{
    cs_assert(worker->socket < 0);
    int ends[2] = { -1, -1 };
    int talk = memfd_create("clustersim-worker", MFD_CLOEXEC);
    pid_t parent = getpid();
    if (talk < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        complain("a worker cannot be started: %s", g_strerror(errno));
        return false;
    }
    fflush(NULL);
    pid_t process = fork();
    if (process == 0) {
        close(ends[0]);
        work(pool, ends[1], talk, parent);
    }
    close(ends[1]);
    if (process < 0) {
        complain("a worker cannot be started: %s", g_strerror(errno));
        close(ends[0]);
        close(talk);
        return false;
    }
    *worker = (struct worker){ .process = process, .socket = ends[0], .talk = talk };
    return true;
}

/* Wait for its end; returns the status of waitpid(). */
static int end(struct worker *worker)
{
    cs_assert(worker->socket >= 0);
    int status = 0;
    close(worker->socket);
    while (waitpid(worker->process, &status, 0) < 0 && errno == EINTR)
        ;
    close(worker->talk);
    worker->socket = -1;
    worker->busy = false;
    return status;
}

/* The first line that it said, without the folders before a source file's name.  g_free. */
static char *first_words(const struct worker *worker)
{
    char text[DETAIL_MAX + 1];
    ssize_t size = pread(worker->talk, text, DETAIL_MAX, 0);
    text[size > 0 ? size : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    size_t place = strcspn(text, ": ");
    g_autofree char *file = g_strndup(text, place);
    g_autofree char *base = g_path_get_basename(*file != '\0' ? file : "-");
    return *text == '\0' ? g_strdup("") : g_strconcat(base, text + place, NULL);
}

static bool record_lost(struct pool *pool, uint64_t number, const char *ended, uint32_t status,
                        const char *detail)
{
    cs_assert(status != EXIT_PASS);
    uint64_t seed = 0;
    size_t cell = sweep_locate(pool->space, number, &seed);
    g_autofree char *line =
        sweep_lost_run(json_array_get(pool->space->cells, cell), cell, seed, ended, status, detail);
    return sweep_store_add(pool->store, number, line, status);
}

/* A worker ended in the middle of a run. */
static bool bury(struct pool *pool, struct worker *worker)
{
    cs_assert(worker->busy);
    g_autofree char *words = first_words(worker);
    uint64_t number = worker->number;
    int status = end(worker);
    const char *mark = *words != '\0' ? ": " : "";
    g_autofree char *detail =
        WIFSIGNALED(status)
            ? g_strdup_printf("killed by signal %d (%s)%s%s", WTERMSIG(status),
                              strsignal(WTERMSIG(status)), mark, words)
            : g_strdup_printf("ended with status %d%s%s", WEXITSTATUS(status), mark, words);
    return record_lost(pool, number, "crashed", EXIT_INTERNAL, detail);
}

/* A run takes longer than anybody waits.  That is no verdict: another machine may be faster. */
static bool stop(struct pool *pool, struct worker *worker)
{
    cs_assert(worker->busy);
    cs_assert(worker->process > 0); /* kill() takes others for groups */
    uint64_t number = worker->number;
    kill(worker->process, SIGKILL);
    (void)end(worker);
    g_autofree char *detail =
        g_strdup_printf("not finished within %.3g s of wall-clock time; this is the guard's word, "
                        "not a verdict",
                        (double)pool->limits->guard_ms / 1e3);
    return record_lost(pool, number, "stopped", EXIT_INCONCLUSIVE, detail);
}

/* ---- Handing out and taking in --------------------------------------------------------------- */

/* The next run that nobody has, or the end. */
static uint64_t find_next(struct pool *pool)
{
    const struct sweep_limits *limits = pool->limits;
    while (pool->next < pool->space->total && (pool->next % limits->shards != limits->shard ||
                                               sweep_store_has(pool->store, pool->next)))
        pool->next++;
    return pool->next;
}

static bool is_over(struct pool *pool, enum sweep_end *ret_end)
{
    const struct sweep_limits *limits = pool->limits;
    gint64 passed_ms = (g_get_monotonic_time() - pool->begun_us) / 1000;
    *ret_end = SWEEP_DONE;
    if (pool->broken)
        *ret_end = SWEEP_BROKEN;
    if (limits->budget_ms > 0 && passed_ms >= (gint64)limits->budget_ms)
        *ret_end = SWEEP_BUDGET;
    /* An earlier sweep may have been cut short with runs before its last failures missing. */
    if (find_next(pool) > sweep_store_horizon(pool->store, limits->failures_max))
        *ret_end = SWEEP_FAILURES_MAX;
    if (*pool->interrupted != 0)
        *ret_end = SWEEP_INTERRUPTED;
    return *ret_end != SWEEP_DONE;
}

static void hand_out(struct pool *pool)
{
    for (unsigned w = 0; w < pool->count && !pool->broken; w++) {
        struct worker *worker = &pool->workers[w];
        uint64_t number = find_next(pool);
        if (worker->busy || number >= pool->space->total)
            continue;
        if (worker->socket < 0 && !start(pool, worker)) {
            pool->broken = true;
            return;
        }
        worker->number = number;
        worker->since_us = g_get_monotonic_time();
        worker->busy = true;
        pool->next++;
        /* If it is gone already, its socket says so. */
        (void)transfer(worker->socket, &number, sizeof number, true);
    }
}

static bool keeps_state(const struct pool *pool, uint64_t number)
{
    uint64_t seed = 0;
    size_t cell = sweep_locate(pool->space, number, &seed);
    return registry_keeps_state(g_array_index(pool->cells, struct sweep_cell, cell).registry);
}

static bool take_in(struct pool *pool, struct worker *worker)
{
    cs_assert(worker->busy);
    struct reply reply = { 0 };
    if (!transfer(worker->socket, &reply, sizeof reply, false) || reply.size > LINE_BYTES_MAX)
        return bury(pool, worker);
    g_autofree char *line = g_malloc0((gsize)reply.size + 1);
    if (!transfer(worker->socket, line, reply.size, false))
        return bury(pool, worker);
    worker->busy = false;
    if (keeps_state(pool, worker->number))
        (void)end(worker);
    return sweep_store_add(pool->store, worker->number, line, reply.status);
}

/* Wait for answers, and for what takes too long. */
static void take_all_in(struct pool *pool)
{
    struct pollfd polled[WORKERS_MAX] = { 0 };
    for (unsigned w = 0; w < pool->count; w++) {
        const struct worker *worker = &pool->workers[w];
        polled[w] = (struct pollfd){ .fd = worker->busy ? worker->socket : -1, .events = POLLIN };
    }
    if (poll(polled, pool->count, POLL_MS) < 0)
        return; /* a signal */
    for (unsigned w = 0; w < pool->count; w++) {
        struct worker *worker = &pool->workers[w];
        gint64 passed_ms = (g_get_monotonic_time() - worker->since_us) / 1000;
        bool good = true;
        if (polled[w].fd >= 0 && polled[w].revents != 0) {
            good = take_in(pool, worker);
        } else if (worker->busy && passed_ms > (gint64)pool->limits->guard_ms) {
            good = stop(pool, worker);
        }
        pool->broken = pool->broken || !good;
    }
}

static unsigned busy_count(const struct pool *pool)
{
    unsigned count = 0;
    for (unsigned w = 0; w < pool->count; w++)
        count += pool->workers[w].busy;
    return count;
}

static void tell_progress(struct pool *pool, bool last)
{
    gint64 now = g_get_monotonic_time();
    bool terminal = isatty(STDERR_FILENO);
    if (last && terminal && pool->told_us > 0)
        fputs("\r\033[K", stderr);
    if (last || now - MAX(pool->told_us, pool->begun_us) < pool->gap_us)
        return;
    pool->told_us = now;
    if (!terminal)
        pool->gap_us *= 2;
    fprintf(stderr,
            terminal ? "\r\033[K%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                       " runs, %" G_GUINT64_FORMAT " failed"
                     : "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " runs, %" G_GUINT64_FORMAT
                       " failed\n",
            sweep_store_count(pool->store), pool->space->total / pool->limits->shards,
            sweep_store_failed(pool->store));
}

enum sweep_end sweep_work(const GArray *cells, const struct sweep_space *space,
                          const struct sweep_limits *limits, struct sweep_store *store,
                          const struct cs_protocol *const *protocols,
                          const volatile sig_atomic_t *interrupted)
{
    cs_assert(limits->shards > 0);
    cs_assert(limits->shard < limits->shards);
    struct pool *pool = g_new0(struct pool, 1);
    pool->cells = cells;
    pool->space = space;
    pool->limits = limits;
    pool->store = store;
    pool->protocols = protocols;
    pool->interrupted = interrupted;
    pool->count = MAX(MIN(limits->workers, WORKERS_MAX), 1);
    pool->begun_us = g_get_monotonic_time();
    pool->gap_us = isatty(STDERR_FILENO) ? 200000 : 5000000;
    for (unsigned w = 0; w < pool->count; w++)
        pool->workers[w].socket = -1;
    enum sweep_end why = SWEEP_DONE;
    for (;;) {
        if (!is_over(pool, &why))
            hand_out(pool);
        if (busy_count(pool) == 0 || why == SWEEP_INTERRUPTED || why == SWEEP_BROKEN)
            break;
        take_all_in(pool);
        tell_progress(pool, false);
    }
    tell_progress(pool, true);
    for (unsigned w = 0; w < pool->count; w++) {
        if (pool->workers[w].socket < 0)
            continue;
        if (pool->workers[w].busy)
            kill(pool->workers[w].process, SIGKILL);
        (void)end(&pool->workers[w]);
    }
    if (why == SWEEP_DONE && find_next(pool) < space->total)
        why = SWEEP_BROKEN;
    if (pool->broken)
        why = SWEEP_BROKEN;
    g_free(pool);
    return why;
}
