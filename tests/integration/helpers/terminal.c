/* SPDX-License-Identifier: MIT */
/*
 * terminal COMMAND [ARGUMENT...]
 *
 * Runs COMMAND on a new pseudo-terminal, as `docker run -it` does: what it prints goes to our stdout, our
 * stdin is what is typed ("\003" is Ctrl-C). Ends with its exit status, or 128 + N when signal N ended it.
 * COMMAND makes the terminal its controlling one itself, with setsid(1) --ctty: in a PID namespace only the
 * process inside can become the session's leader. SIGHUP hangs the terminal up, as when a window is closed.
 */
#include "helper.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t is_hung_up;

static void note_hang_up(int number)
{
    (void)number;
    is_hung_up = 1;
}

/* HUP is blocked but while we poll, so that it cannot slip in right before. */
static void heed_hang_up(sigset_t *ret_mask)
{
    const struct sigaction action = {.sa_handler = note_hang_up};
    sigset_t hang_up;
    (void)sigemptyset(&hang_up);
    (void)sigaddset(&hang_up, SIGHUP);
    (void)sigaction(SIGHUP, &action, NULL);
    (void)sigprocmask(SIG_BLOCK, &hang_up, ret_mask);
    (void)sigdelset(ret_mask, SIGHUP);
}

static void run_on_terminal(const char *name, char **command)
{
    int fd = open(name, O_RDWR | O_NOCTTY);
    if (fd < 0) {
        err(2, "%s", name);
    }
    for (int i = 0; i < 3; i++) {
        (void)dup2(fd, i);
    }
    if (fd > 2) {
        (void)close(fd);
    }
    execvp(command[0], command);
    err(127, "%s", command[0]);
}

/* Moves what is there from IN to OUT; false at the end. A terminal ends in EIO once nobody has it open. */
static bool copy(int in, int out)
{
    char buffer[4096];
    ssize_t length = read(in, buffer, sizeof(buffer));
    return length > 0 && write(out, buffer, (size_t)length) == length;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        errx(2, "usage: terminal COMMAND [ARGUMENT...]");
    }
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) {
        err(2, "pseudo-terminal");
    }
    const char *name = ptsname(master);
    if (name == NULL) {
        err(2, "ptsname");
    }
    pid_t child = fork();
    if (child < 0) {
        err(2, "fork");
    }
    if (child == 0) {
        run_on_terminal(name, argv + 1);
    }
    sigset_t mask;
    heed_hang_up(&mask);
    struct pollfd fds[2] = {{.fd = master, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
    while (!is_hung_up) {
        if (ppoll(fds, 2, NULL, &mask) < 0) {
            if (errno == EINTR) {
                continue;
            }
            err(2, "ppoll");
        }
        if (fds[0].revents != 0 && !copy(master, STDOUT_FILENO)) {
            break;
        }
        if (fds[1].revents != 0 && !copy(STDIN_FILENO, master)) {
            fds[1].fd = -1; /* nothing more is typed, but the terminal stays */
        }
    }
    (void)close(master);
    int status = 0;
    if (waitpid(child, &status, 0) != child) {
        err(2, "waitpid");
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
