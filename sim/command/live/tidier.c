#include "command/live/tidier.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clustersim/protocol.h"
#include "live/folders.h"

/* Processes that are being killed may still write. */
enum { TRIES = 100, BETWEEN_US = 20000 };

/* A byte says that all is well, the end of the stream that nobody is left to say so. */
static _Noreturn void wait_and_tidy(int fd, const char *folder, const char *first)
{
    char byte;
    ssize_t got = -1;
    static const int requests[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++)
        (void)signal(requests[i], SIG_IGN);
    for (int standard = 0; standard <= STDERR_FILENO; standard++)
        close(standard);
    do {
        got = read(fd, &byte, sizeof byte);
    } while (got < 0 && errno == EINTR);
    for (int i = 0; got == 0 && i < TRIES && g_file_test(folder, G_FILE_TEST_EXISTS); i++) {
        folders_remove_tree(folder);
        g_usleep(BETWEEN_US);
    }
    if (got == 0)
        folders_unmake(folder, first);
    _exit(0);
}

void tidier_begin(struct tidier *tidier, const char *folder, const char *first)
{
    int ends[2];
    cs_assert(g_file_test(folder, G_FILE_TEST_IS_DIR));
    *tidier = (struct tidier){ .fd = -1 };
    if (pipe2(ends, O_CLOEXEC) != 0)
        return;
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[1]);
        wait_and_tidy(ends[0], folder, first);
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
    cs_assert(tidier->fd >= 0);
    /* If somebody has ended it there is nobody to read. */
    struct sigaction ignored = { .sa_handler = SIG_IGN }, before;
    sigaction(SIGPIPE, &ignored, &before);
    while (write(tidier->fd, "", 1) < 0 && errno == EINTR)
        ;
    sigaction(SIGPIPE, &before, NULL);
    close(tidier->fd);
    while (waitpid(tidier->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    *tidier = (struct tidier){ .fd = -1 };
}
