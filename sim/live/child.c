#include "live/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

void child_init(struct child *child)
{
    *child = (struct child){ .fd = -1, .in = g_byte_array_new(), .out = g_byte_array_new() };
}

void child_done(struct child *child)
{
    child_kill(child);
    g_byte_array_unref(child->in);
    g_byte_array_unref(child->out);
    *child = (struct child){ .fd = -1 };
}

/* ---- Beginning ------------------------------------------------------------------------------- */

/* In the new process, before it is the other program. */
static _Noreturn void become(pid_t parent, int control, const char *program, char **arguments)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    static const int requests[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++)
        (void)signal(requests[i], SIG_IGN);
    if (control == WIRE_CONTROL_FD) {
        (void)fcntl(control, F_SETFD, 0);
    } else if (dup2(control, WIRE_CONTROL_FD) < 0) {
        _exit(1);
    }
    execv(program, arguments);
    _exit(1);
}

bool child_spawn(struct child *child, const char *program, char **arguments, GError **error)
{
    int ends[2];
    cs_assert(child->pid == 0);
    cs_assert(child->fd < 0);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        g_set_error(error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, "%s", g_strerror(errno));
        return false;
    }
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        become(parent, ends[1], program, arguments);
    int number = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        g_set_error(error, G_SPAWN_ERROR, G_SPAWN_ERROR_FORK, "%s", g_strerror(number));
        return false;
    }
    child->pid = pid;
    child->fd = ends[0];
    child->said_hello = child->closed = false;
    child->taken = 0;
    g_byte_array_set_size(child->in, 0);
    g_byte_array_set_size(child->out, 0);
    return true;
}

/* ---- The stream ------------------------------------------------------------------------------ */

void child_hear(struct child *child)
{
    uint8_t bytes[65536];
    if (child->taken > 0) {
        g_byte_array_remove_range(child->in, 0, (guint)child->taken);
        child->taken = 0;
    }
    while (child->fd >= 0 && !child->closed) {
        ssize_t size = recv(child->fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0 && errno == EAGAIN)
            return;
        if (size <= 0) {
            child->closed = true;
            return;
        }
        g_byte_array_append(child->in, bytes, (guint)size);
    }
}

void child_write(struct child *child)
{
    size_t at = 0;
    while (child->fd >= 0 && at < child->out->len) {
        ssize_t put = send(child->fd, child->out->data + at, child->out->len - at,
                           MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0 && errno == EAGAIN)
            break;
        if (put < 0) { /* it is dead, which its silence will tell */
            at = child->out->len;
            break;
        }
        at += (size_t)put;
    }
    if (at > 0)
        g_byte_array_remove_range(child->out, 0, (guint)at);
}

bool child_peek(const struct child *child, struct wire_head *ret_head, struct cs_bytes *ret_body)
{
    cs_assert(child->taken <= child->in->len);
    return wire_peek(cs_bytes_of(child->in->data + child->taken, child->in->len - child->taken),
                     ret_head, ret_body);
}

void child_take(struct child *child, const struct wire_head *head)
{
    child->taken += sizeof *head + head->size;
    cs_assert(child->taken <= child->in->len);
}

/* ---- End ------------------------------------------------------------------------------------- */

static int wait_for(const struct child *child)
{
    int status = 0;
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

/* It is dead and waited for. */
static void bury(struct child *child)
{
    child_hear(child);
    if (child->fd >= 0)
        close(child->fd);
    child->fd = -1;
    child->pid = 0;
    g_byte_array_set_size(child->out, 0);
}

void child_kill(struct child *child)
{
    if (child->pid == 0)
        return;
    (void)kill(child->pid, SIGKILL);
    (void)wait_for(child);
    bury(child);
}

/* How many of them live on. */
static uint32_t join_those_that_ended(struct child *children, uint32_t count)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct child *child = &children[i];
        if (child->pid == 0)
            continue;
        child_write(child);
        child_hear(child);
        if (waitpid(child->pid, NULL, WNOHANG) == child->pid) {
            bury(child);
        } else {
            left++;
        }
    }
    return left;
}

void children_join(struct child *children, uint32_t count, uint64_t until_ns,
                   const volatile sig_atomic_t *interrupted)
{
    while (join_those_that_ended(children, count) > 0) {
        bool hurry = interrupted != NULL && *interrupted != 0;
        if (hurry || wire_monotonic_ns() >= until_ns)
            break;
        g_usleep(1000);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (children[i].pid != 0)
            (void)kill(children[i].pid, SIGKILL);
    }
    for (uint32_t i = 0; i < count; i++)
        child_kill(&children[i]);
}

char *child_reap(struct child *child, int *ret_status)
{
    cs_assert(child->closed);
    cs_assert(child->pid > 0);
    (void)kill(child->pid, SIGKILL); /* it may have closed its stream and live on */
    int status = wait_for(child);
    bury(child);
    *ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (WIFEXITED(status))
        return g_strdup_printf("exit status %d", WEXITSTATUS(status));
    return g_strdup_printf("signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
}
