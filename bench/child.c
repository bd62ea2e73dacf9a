/* child.c - a program that is run, and what it printed. */
#include "child.h"
#include "bench.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void become(const char *const *words, size_t count, const int *pipes)
{
    char *copies[CHILD_WORDS_MAX + 1] = {0};

    for (size_t i = 0; i < count; i++)
        if (!(copies[i] = strdup(words[i])))
            _exit(CHILD_MISSING);
    if (dup2(pipes[1], STDOUT_FILENO) >= 0) {
        close(pipes[0]);
        close(pipes[1]);
        execvp(copies[0], copies);
    }
    _exit(CHILD_MISSING);
}

static void read_all(int file, char *text, size_t size)
{
    size_t length = 0;
    char rest[256];
    ssize_t got;

    do {
        bool fits = length + 1 < size;

        got = fits ? read(file, text + length, size - 1 - length)
                   : read(file, rest, sizeof rest);
        if (got > 0 && fits)
            length += (size_t)got;
    } while (got > 0 || (got < 0 && errno == EINTR));
    text[length] = '\0';
}

int child_run(const char *const *words, size_t count, char *text, size_t size)
{
    int pipes[2], status;
    pid_t process;

    assert(count <= CHILD_WORDS_MAX);
    fflush(NULL);
    if (pipe(pipes) || (process = fork()) < 0)
        bench_die(words[0], strerror(errno));
    if (!process)
        become(words, count, pipes);
    close(pipes[1]);
    read_all(pipes[0], text, size);
    close(pipes[0]);
    if (waitpid(process, &status, 0) != process)
        bench_die(words[0], strerror(errno));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
