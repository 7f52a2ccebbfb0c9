/* Trials in processes of their own: one that dies or hangs takes nothing with it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command/command.h"
#include "command/shrink/shrink.h"

enum { WORKERS_MAX = 256, POLL_MS = 200, WORDS_MAX = 300 };

struct worker {
    pid_t process;
    int answer; /* -1: there is none */
    int talk;   /* what it says on standard error */
    size_t index;
    GString *told;
    gint64 since_us;
};

struct round {
    const struct shrink_pool *pool;
    const struct shrink_task *task;
    json_t **results;
    size_t next, limit; /* no task from `limit` on matters */
    struct worker workers[WORKERS_MAX];
    unsigned count;
};

static _Noreturn void be_worker(const struct round *round, size_t index, int answer, int talk,
                                pid_t parent)
{
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || dup2(talk, STDERR_FILENO) < 0)
        _exit(EXIT_ENVIRONMENT);
    json_t *result = round->task->work(round->task->self, index, answer);
    bool told = json_dumpfd(result, answer, JSON_COMPACT) == 0;
    _exit(told ? EXIT_PASS : EXIT_ENVIRONMENT);
}

static bool start(struct round *round, struct worker *worker, size_t index)
{
    cs_assert(worker->answer < 0);
    int ends[2] = { -1, -1 };
    pid_t parent = getpid();
    int talk = memfd_create("clustersim-trial", MFD_CLOEXEC);
    if (talk < 0 || pipe2(ends, O_CLOEXEC) != 0) {
        complain("a process cannot be started: %s", g_strerror(errno));
        return false;
    }
    fflush(NULL);
    pid_t process = fork();
    if (process == 0) {
        close(ends[0]);
        be_worker(round, index, ends[1], talk, parent);
    }
    close(ends[1]);
    *worker = (struct worker){ .process = process,
                               .answer = ends[0],
                               .talk = talk,
                               .index = index,
                               .told = g_string_new(NULL),
                               .since_us = g_get_monotonic_time() };
    if (process < 0)
        complain("a process cannot be started: %s", g_strerror(errno));
    return process >= 0;
}

/* Wait for its end; returns the status of waitpid(). */
static int end(struct worker *worker)
{
    cs_assert(worker->told != NULL);
    int status = 0;
    close(worker->answer);
    while (worker->process > 0 && waitpid(worker->process, &status, 0) < 0 && errno == EINTR)
        ;
    close(worker->talk);
    g_string_free(worker->told, TRUE);
    worker->told = NULL;
    worker->answer = -1;
    return status;
}

/* The first line that it said, without the folders before a source file's name.  g_free. */
static char *first_words(const struct worker *worker)
{
    char text[WORDS_MAX + 1];
    ssize_t size = pread(worker->talk, text, WORDS_MAX, 0);
    text[size > 0 ? size : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    size_t place = strcspn(text, ": ");
    g_autofree char *file = g_strndup(text, place);
    g_autofree char *base = g_path_get_basename(*file != '\0' ? file : "-");
    return *text == '\0' ? g_strdup("no word") : g_strconcat(base, text + place, NULL);
}

static json_t *crashed(const char *words, json_t *last)
{
    g_autofree char *valid = g_utf8_make_valid(words, -1);
    return json_pack("{s:b, s:s, s:o}", "same", 0, "crashed", valid, "last",
                     last != NULL ? last : json_null());
}

/* Its answer is complete. */
static void take(struct round *round, struct worker *worker)
{
    size_t index = worker->index;
    cs_assert(round->results[index] == NULL);
    g_autofree char *words = first_words(worker);
    json_t *told = json_loadb(worker->told->str, worker->told->len, 0, NULL);
    int status = end(worker);
    bool good = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_PASS;
    if (good && told != NULL) {
        round->results[index] = told;
    } else {
        round->results[index] = crashed(words, told);
    }
    if (round->task->found(round->task->self, round->results[index]))
        round->limit = MIN(round->limit, index);
}

static void stop(struct worker *worker)
{
    cs_assert(worker->process > 0); /* kill() takes others for groups */
    kill(worker->process, SIGKILL);
    (void)end(worker);
}

static void hand_out(struct round *round)
{
    for (unsigned w = 0; w < round->count; w++) {
        struct worker *worker = &round->workers[w];
        if (worker->answer >= 0 && worker->index > round->limit)
            stop(worker);
        while (round->next < round->limit && round->results[round->next] != NULL)
            round->next++;
        if (worker->answer >= 0 || round->next >= round->limit)
            continue;
        bool started = start(round, worker, round->next);
        if (!started && worker->answer >= 0)
            (void)end(worker);
        if (!started)
            round->results[round->next] = crashed("it was not started", NULL);
        round->next++;
    }
}

static unsigned busy_count(const struct round *round)
{
    unsigned count = 0;
    for (unsigned w = 0; w < round->count; w++)
        count += round->workers[w].answer >= 0;
    return count;
}

static void take_all_in(struct round *round)
{
    struct pollfd polled[WORKERS_MAX] = { 0 };
    for (unsigned w = 0; w < round->count; w++)
        polled[w] = (struct pollfd){ .fd = round->workers[w].answer, .events = POLLIN };
    if (poll(polled, round->count, POLL_MS) < 0)
        return; /* a signal */
    for (unsigned w = 0; w < round->count; w++) {
        struct worker *worker = &round->workers[w];
        if (worker->answer < 0)
            continue;
        gint64 passed_ms = (g_get_monotonic_time() - worker->since_us) / 1000;
        char bytes[4096];
        bool ready = polled[w].revents != 0;
        ssize_t size = ready ? read(worker->answer, bytes, sizeof bytes) : -1;
        if (size > 0)
            g_string_append_len(worker->told, bytes, size);
        if (ready && size == 0) {
            take(round, worker);
        } else if (passed_ms > (gint64)round->pool->guard_ms) {
            json_t *late = crashed("it took too long, by the wall clock", NULL);
            json_object_set_new(late, "by_clock", json_true());
            round->results[worker->index] = late;
            stop(worker);
        }
    }
}

bool shrink_pool_run(const struct shrink_pool *pool, const struct shrink_task *task, size_t count,
                     json_t **results, size_t *ret_first)
{
    cs_assert(pool->workers > 0);
    struct round *round = g_new0(struct round, 1);
    *round = (struct round){ .pool = pool, .task = task, .results = results, .limit = count };
    round->count = MAX(MIN(pool->workers, WORKERS_MAX), 1);
    for (unsigned w = 0; w < round->count; w++)
        round->workers[w].answer = -1;
    for (size_t i = 0; i < round->limit; i++) {
        if (results[i] != NULL && task->found(task->self, results[i]))
            round->limit = i;
    }
    while (*pool->interrupted == 0) {
        hand_out(round);
        if (busy_count(round) == 0)
            break;
        take_all_in(round);
    }
    for (unsigned w = 0; w < round->count; w++) {
        if (round->workers[w].answer >= 0)
            stop(&round->workers[w]);
    }
    cs_assert(round->limit <= count);
    *ret_first = round->limit;
    g_free(round);
    return *pool->interrupted == 0;
}
