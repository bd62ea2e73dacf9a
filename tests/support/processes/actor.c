/* actor.c - processes that do what they are told: started, told, heard, ended. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "support/processes/actor_life.h"

#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct actor_race *actor_race;

/* ---- lines ------------------------------------------------------------------- */

bool actor_read_line(int file, char line[ACTOR_LINE])
{
    size_t size = 0;

    while (size < ACTOR_LINE - 1) {
        if (read(file, &line[size], 1) != 1)
            return false;
        if (line[size] == '\n')
            break;
        size++;
    }
    line[size] = '\0';
    return true;
}

bool actor_write_line(int file, const char *line)
{
    char whole[ACTOR_LINE + 1];
    int size = snprintf(whole, sizeof whole, "%.*s\n", ACTOR_LINE - 1, line);

    return write(file, whole, (size_t)size) == size;
}

/* ---- here -------------------------------------------------------------------- */

enum { ENDS_MAX = 64 };

/* Of pipes to actors. One that another actor has, too, never comes to its end. */
static bool is_end[ENDS_MAX];

static void keep_end(int file)
{
    assert_true(file >= 0 && file < ENDS_MAX);
    is_end[file] = true;
}

static void close_end(int file)
{
    is_end[file] = false;
    close(file);
}

static void close_all_ends(void)
{
    for (int file = 0; file < ENDS_MAX; file++)
        if (is_end[file])
            close_end(file);
}

void actor_start(struct actor *actor, const char *directory)
{
    int down[2], up[2];

    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(down), 0);
    assert_int_equal(pipe(up), 0);
    keep_end(actor->to = down[1]);
    keep_end(actor->from = up[0]);
    fflush(NULL);
    actor->process = fork();
    assert_true(actor->process >= 0);
    if (actor->process == 0) {
        close_all_ends();
        actor_live(down[0], up[1], directory);
    }
    close(down[0]);
    close(up[1]);
}

static void write_down(struct actor *actor, const char *format, va_list values)
{
    char line[ACTOR_LINE];

    vsnprintf(line, sizeof line, format, values);
    if (!actor_write_line(actor->to, line))
        fail_msg("an actor is gone: it cannot be told to \"%s\"", line);
}

void actor_tell(struct actor *actor, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    write_down(actor, format, values);
    va_end(values);
}

const char *actor_hear(struct actor *actor)
{
    if (!actor_read_line(actor->from, actor->line))
        fail_msg("an actor is gone, without an answer");
    return actor->line;
}

const char *actor_ask(struct actor *actor, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    write_down(actor, format, values);
    va_end(values);
    return actor_hear(actor);
}

static void close_pipes(struct actor *actor)
{
    close_end(actor->to);
    close_end(actor->from);
    actor->process = 0;
}

void actor_kill(struct actor *actor)
{
    int status;

    assert_int_equal(kill(actor->process, SIGKILL), 0);
    assert_int_equal(waitpid(actor->process, &status, 0), actor->process);
    close_pipes(actor);
}

void actor_freeze(struct actor *actor)
{
    int status;

    assert_int_equal(kill(actor->process, SIGSTOP), 0);
    assert_int_equal(waitpid(actor->process, &status, WUNTRACED), actor->process);
    assert_true(WIFSTOPPED(status));
}

void actor_thaw(struct actor *actor)
{
    assert_int_equal(kill(actor->process, SIGCONT), 0);
}

void actor_finish(struct actor *actor)
{
    pid_t process = actor->process;
    int status = 0;

    if (!process)
        return;
    actor_thaw(actor);
    close_pipes(actor);
    assert_int_equal(waitpid(process, &status, 0), process);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

void actor_set_race(int64_t commands)
{
    if (!actor_race)
        actor_race = mmap(NULL, sizeof *actor_race, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(actor_race != MAP_FAILED);
    atomic_store(&actor_race->left, commands);
}
