/* run_tool.c - run the program `jangle`, in a pipe or in a terminal of a given size. */
#include "run_tool.h"

#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* What is written comes out as it is, without a CR before each LF. */
static int open_terminal(const struct tool *tool, int *other_end)
{
    struct winsize size = {.ws_col = (unsigned short)tool->columns,
                           .ws_row = (unsigned short)(tool->lines ? tool->lines : 1000)};
    struct termios raw;
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    int slave;

    assert_true(master >= 0);
    assert_int_equal(grantpt(master), 0);
    assert_int_equal(unlockpt(master), 0);
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    assert_true(slave >= 0);
    assert_int_equal(tcgetattr(slave, &raw), 0);
    raw.c_oflag &= ~(tcflag_t)OPOST;
    assert_int_equal(tcsetattr(slave, TCSANOW, &raw), 0);
    assert_int_equal(ioctl(slave, TIOCSWINSZ, &size), 0);
    *other_end = slave;
    return master;
}

static int open_pipe(int *other_end)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    *other_end = ends[1];
    return ends[0];
}

static int open_output(const struct tool *tool, int *other_end)
{
    if (tool->columns)
        return open_terminal(tool, other_end);
    return open_pipe(other_end);
}

static void set_variables(const struct tool *tool)
{
    static const char *const usual[] = {"PAGER=cat", "TERM=xterm", "TZ=UTC", NULL};

    (void)unsetenv("NO_COLOR");
    (void)unsetenv("JANGLE_STORE");
    for (int i = 0; usual[i]; i++)
        (void)putenv((char *)(uintptr_t)usual[i]);
    for (int i = 0; i < TOOL_VARIABLES_MAX && tool->variables[i]; i++)
        (void)putenv((char *)(uintptr_t)tool->variables[i]);
}

static void become_tool(const struct tool *tool, int output, int errors)
{
    char *words[TOOL_WORDS_MAX + 2] = {(char *)(uintptr_t) "jangle"};

    for (int i = 0; i < TOOL_WORDS_MAX && tool->words[i]; i++)
        words[i + 1] = (char *)(uintptr_t)tool->words[i];
    if (tool->output_path)
        output = open(tool->output_path, O_WRONLY);
    if (dup2(output, STDOUT_FILENO) < 0 ||
        (errors >= 0 && dup2(errors, STDERR_FILENO) < 0) ||
        (tool->directory && chdir(tool->directory)))
        _exit(99);
    for (int fd = 3; fd < 64; fd++)
        (void)close(fd);
    set_variables(tool);
    execv(tool->program ? tool->program : JANGLE_TOOL, words);
    _exit(99);
}

static pid_t start(const struct tool *tool, int output, int errors)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (!pid)
        become_tool(tool, output, errors);
    assert_int_equal(close(output), 0);
    if (errors >= 0)
        assert_int_equal(close(errors), 0);
    return pid;
}

pid_t tool_start(const struct tool *tool, int *fd)
{
    int other_end;

    *fd = open_output(tool, &other_end);
    return start(tool, other_end, -1);
}

int tool_wait(pid_t pid)
{
    int status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* False: its end. A terminal that nobody has open any more is EIO. */
static bool take(int fd, char **text, size_t *size)
{
    char bytes[65536];
    ssize_t count = read(fd, bytes, sizeof bytes);

    if (count <= 0)
        return false;
    *text = realloc(*text, *size + (size_t)count + 1);
    assert_non_null(*text);
    memcpy(*text + *size, bytes, (size_t)count);
    *size += (size_t)count;
    (*text)[*size] = '\0';
    return true;
}

static void take_all(struct pollfd fds[2], struct tool_result *result)
{
    while (fds[0].fd >= 0 || fds[1].fd >= 0) {
        assert_true(poll(fds, 2, -1) > 0 || errno == EINTR);
        if (fds[0].revents && !take(fds[0].fd, &result->output, &result->output_size)) {
            (void)close(fds[0].fd);
            fds[0].fd = -1;
        }
        if (fds[1].revents && !take(fds[1].fd, &result->errors, &result->errors_size)) {
            (void)close(fds[1].fd);
            fds[1].fd = -1;
        }
        fds[0].revents = fds[1].revents = 0;
    }
}

void tool_run(const struct tool *tool, struct tool_result *result)
{
    int output;
    int errors;
    struct pollfd fds[2] = {{.fd = open_output(tool, &output), .events = POLLIN},
                            {.fd = open_pipe(&errors), .events = POLLIN}};
    pid_t pid;

    *result = (struct tool_result){.output = calloc(1, 1), .errors = calloc(1, 1)};
    assert_non_null(result->output);
    assert_non_null(result->errors);
    pid = start(tool, output, errors);
    take_all(fds, result);
    result->status = tool_wait(pid);
}

void tool_free(struct tool_result *result)
{
    free(result->output);
    free(result->errors);
}
