#include "command/live/tidier.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Processes that are being killed may still write. */
enum { TRIES = 100, BETWEEN_US = 20000 };

void remove_tree(const char *path)
{
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    const char *name = folder != NULL ? g_dir_read_name(folder) : NULL;
    for (; name != NULL; name = g_dir_read_name(folder)) {
        g_autofree char *inside = g_build_filename(path, name, NULL);
        if (g_unlink(inside) != 0)
            remove_tree(inside);
    }
    (void)g_rmdir(path);
}

/* A byte says that all is well, the end of the stream that nobody is left to say so. */
static _Noreturn void wait_and_tidy(int fd, const char *folder, const char *parent)
{
    char byte;
    ssize_t got = -1;
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    for (int standard = 0; standard <= STDERR_FILENO; standard++)
        close(standard);
    do {
        got = read(fd, &byte, sizeof byte);
    } while (got < 0 && errno == EINTR);
    for (int i = 0; got == 0 && i < TRIES && g_file_test(folder, G_FILE_TEST_EXISTS); i++) {
        remove_tree(folder);
        g_usleep(BETWEEN_US);
    }
    if (got == 0 && parent != NULL)
        (void)g_rmdir(parent);
    _exit(0);
}

void tidier_begin(struct tidier *tidier, const char *folder, const char *parent)
{
    int ends[2];
    *tidier = (struct tidier){ .fd = -1 };
    if (pipe2(ends, O_CLOEXEC) != 0)
        return;
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[1]);
        wait_and_tidy(ends[0], folder, parent);
    }
    close(ends[0]);
    if (pid < 0) {
        close(ends[1]);
        return;
    }
    *tidier = (struct tidier){ .pid = pid, .fd = ends[1] };
}

void tidier_end(struct tidier *tidier)
{
    if (tidier->pid == 0)
        return;
    while (write(tidier->fd, "", 1) < 0 && errno == EINTR)
        ;
    close(tidier->fd);
    while (waitpid(tidier->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    *tidier = (struct tidier){ .fd = -1 };
}
