/* gnuplot, which must hold up nobody: it gets so much time and no more, and none after an
 * interruption.  Wall time decides here, about pictures alone. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report/internal.h"

enum { COMPLAINT_MAX = 4096, WAIT_MS = 50, WAIT_CLOSED_MS = 2 };

struct child {
    GPid pid;
    int pipe; /* its standard error; -1 once it is closed */
    GString *complaint;
};

/* A group of its own, so that what gnuplot starts ends with it; and none that outlives us. */
static void set_up(gpointer data)
{
    (void)data;
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static bool start(struct child *child, const char *folder, const char *const *arguments,
                  GError **error)
{
    g_auto(GStrv) environment = g_get_environ();
    environment = g_environ_setenv(environment, "LC_ALL", "C.UTF-8", TRUE);
    environment = g_environ_unsetenv(environment, "GNUTERM");
    GSpawnFlags flags =
        G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL;
    if (!g_spawn_async_with_pipes(folder, (char **)(void *)arguments, environment, flags, set_up,
                                  NULL, &child->pid, NULL, NULL, &child->pipe, error))
        return false;
    (void)setpgid(child->pid, child->pid); /* whoever of the two comes first */
    (void)fcntl(child->pipe, F_SETFL, O_NONBLOCK);
    return true;
}

/* Take what it says, and keep the beginning. */
static void listen(struct child *child)
{
    char bytes[1024];
    ssize_t size = 1;
    while (child->pipe >= 0 && size > 0) {
        size = read(child->pipe, bytes, sizeof bytes);
        size_t room = COMPLAINT_MAX - child->complaint->len;
        if (size > 0)
            g_string_append_len(child->complaint, bytes, (gssize)MIN((size_t)size, room));
    }
    bool over = size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR);
    if (child->pipe >= 0 && over) {
        (void)close(child->pipe);
        child->pipe = -1;
    }
}

/* Wait until it has ended.  False if it was stopped: there was an interruption, or it took too
 * long. */
static bool await(struct child *child, const struct draw_limits *limits, int *ret_status)
{
    gint64 deadline_us = g_get_monotonic_time() + (gint64)limits->ms * 1000;
    for (;;) {
        pid_t ended = waitpid(child->pid, ret_status, WNOHANG);
        listen(child);
        if (ended == child->pid)
            return true;
        bool stop = limits->interrupted != NULL && *limits->interrupted != 0;
        if (stop || g_get_monotonic_time() >= deadline_us)
            break;
        struct pollfd pipe = { .fd = child->pipe, .events = POLLIN };
        (void)poll(&pipe, 1, child->pipe >= 0 ? WAIT_MS : WAIT_CLOSED_MS);
    }
    (void)kill(-child->pid, SIGKILL);
    while (waitpid(child->pid, ret_status, 0) < 0 && errno == EINTR)
        continue;
    return false;
}

static bool stopped(const struct draw_limits *limits, GError **error)
{
    if (limits->interrupted != NULL && *limits->interrupted != 0) {
        g_set_error(error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, "gnuplot was interrupted");
    } else {
        g_set_error(error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED,
                    "gnuplot was stopped, since it took more than %g s", limits->ms / 1e3);
    }
    return false;
}

/* One line: what it has said, or how it ended if it has said nothing. */
static bool failed(const struct child *child, int status, GError **error)
{
    g_autofree char *said = g_utf8_make_valid(child->complaint->str, -1);
    g_strstrip(g_strdelimit(said, "\r\n", ' '));
    if (*said == '\0') {
        g_free(said);
        said = WIFEXITED(status) ? g_strdup_printf("it ended with status %d", WEXITSTATUS(status))
                                 : g_strdup_printf("signal %d (%s)", WTERMSIG(status),
                                                   strsignal(WTERMSIG(status)));
    }
    g_set_error(error, G_SPAWN_EXIT_ERROR, 1, "gnuplot failed: %s", said);
    return false;
}

bool gnuplot_run(const char *folder, const char *const *arguments, const struct draw_limits *limits,
                 bool *ret_stopped, GError **error)
{
    struct child child = { .pipe = -1 };
    *ret_stopped = false;
    if (!start(&child, folder, arguments, error)) {
        if (error != NULL && g_error_matches(*error, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT)) {
            g_clear_error(error);
            g_set_error(error, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT,
                        "there is no %s on the PATH; Debian has it in gnuplot-nox", arguments[0]);
        }
        return false;
    }
    child.complaint = g_string_new(NULL);
    int status = 0;
    *ret_stopped = !await(&child, limits, &status);
    bool good = !*ret_stopped && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (*ret_stopped) {
        stopped(limits, error);
    } else if (!good) {
        failed(&child, status, error);
    }
    if (child.pipe >= 0)
        (void)close(child.pipe);
    g_string_free(child.complaint, TRUE);
    return good;
}
