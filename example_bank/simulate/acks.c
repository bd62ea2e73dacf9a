/* acks.c - notes each answer in a file: one line for each command that was answered. */
#include "simulate/acks.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

int acks_open(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

bool acks_write(int acks, const char *command_id, const struct jangle_outcome *outcome)
{
    char line[sizeof outcome->command_id + 64];
    enum jangle_result result = outcome->error.result;
    int length = snprintf(line, sizeof line, "%s %s %" PRId64 "\n", command_id,
                          jangle_result_name(result), result ? 0 : outcome->position);
    ssize_t written;

    do
        written = write(acks, line, (size_t)length);
    while (written < 0 && errno == EINTR);
    if (written >= 0 && written < length)
        errno = ENOSPC;
    return written == length;
}
