/* program.c - a program that is started, killed and started again, and the figures that
 * it prints meanwhile. */
#include "trial/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_SIZE = 1000, FILES = 1024 };

static void
name_file(const struct program *program, const char *kind, char path[TEMP_PATH_SIZE])
{
    char name[80];

    snprintf(name, sizeof name, "%s.%d.%s", program->name, program->starts, kind);
    temp_directory_path(path, program->directory, name);
}

static int open_output(const struct program *program, const char *kind)
{
    char path[TEMP_PATH_SIZE];

    name_file(program, kind, path);
    return open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
}

/* A connection is not ended while a child has it, too: those of a broker that is in this
 * process. */
static void close_others(void)
{
    for (int file = 3; file < FILES; file++)
        close(file);
}

bool program_start(struct program *program, const char *const *words)
{
    pid_t parent = getpid();

    program->starts++;
    fflush(NULL);
    program->pid = fork();
    if (program->pid == 0) {
        int in = open("/dev/null", O_RDONLY);
        int out = open_output(program, "out");
        int log = open_output(program, "log");

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent || in < 0 || out < 0 || log < 0)
            _exit(127);
        dup2(in, 0);
        dup2(out, 1);
        dup2(log, 2);
        close_others();
        execv(words[0], (char *const *)(uintptr_t)words);
        _exit(127);
    }
    if (program->pid < 0)
        program->pid = 0;
    return program->pid != 0;
}

static int wait_for(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int program_end(struct program *program, int signal)
{
    int status;

    if (!program->pid)
        return 0;
    kill(program->pid, signal);
    status = wait_for(program->pid);
    program->before = program_total(program);
    program->pid = 0;
    return status;
}

/* The process stays one to be waited for. */
bool program_has_ended(struct program *program)
{
    siginfo_t info = {0};

    return program->pid &&
           (waitid(P_PID, (id_t)program->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
            info.si_pid != 0);
}

/* ---- what it prints -------------------------------------------------------------- */

/* "news: 12 published, 0 refused: the broker is away" */
static bool read_publisher(const char *line, struct figures *figures)
{
    int end = 0;

    if (sscanf(line, "%*[a-z_]: %lld published, %lld refused%n", &figures->published,
               &figures->refused, &end) < 2)
        return false;
    figures->publisher_waits = line[end] == ':';
    return true;
}

static bool read_consumer(const char *line, struct figures *figures)
{
    int end = 0;

    if (sscanf(line, "%*[a-z_]: %lld received, %lld taken, %lld repeated, %lld dead%n",
               &figures->received, &figures->taken, &figures->repeated, &figures->dead,
               &end) < 4)
        return false;
    figures->consumer_waits = line[end] == ':';
    return true;
}

/* A line that does not match has changed the copy. */
static void read_line(const char *line, struct figures *figures)
{
    struct figures publisher = *figures, consumer = *figures;

    if (read_publisher(line, &publisher))
        *figures = publisher;
    else if (read_consumer(line, &consumer))
        *figures = consumer;
}

static FILE *open_printed(const struct program *program)
{
    char path[TEMP_PATH_SIZE];

    name_file(program, "out", path);
    return fopen(path, "r");
}

struct figures program_figures(const struct program *program)
{
    struct figures figures = {0};
    char line[LINE_SIZE];
    FILE *file = open_printed(program);

    while (file && fgets(line, sizeof line, file))
        read_line(line, &figures);
    if (file)
        fclose(file);
    return figures;
}

struct figures program_total(const struct program *program)
{
    struct figures total = program->before;
    struct figures now = program->pid ? program_figures(program) : (struct figures){0};

    total.published += now.published;
    total.received += now.received;
    total.taken += now.taken;
    total.repeated += now.repeated;
    total.refused += now.refused;
    total.dead += now.dead;
    total.publisher_waits = now.publisher_waits;
    total.consumer_waits = now.consumer_waits;
    return total;
}

bool program_says(const struct program *program, const char *text)
{
    char line[LINE_SIZE];
    bool found = false;
    FILE *file = open_printed(program);

    while (file && !found && fgets(line, sizeof line, file))
        found = strstr(line, text) != NULL;
    if (file)
        fclose(file);
    return found;
}

void program_print(const struct program *program, bool all)
{
    char line[LINE_SIZE] = "";
    FILE *file = open_printed(program);

    while (file && fgets(line, sizeof line, file))
        if (all)
            fputs(line, stdout);
    if (!all)
        fputs(line, stdout);
    if (file)
        fclose(file);
}
