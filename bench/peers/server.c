/* server.c - the process of a peer, in a directory of its own, with its syncs counted. */
#define _DEFAULT_SOURCE     /* setgroups */
#define _XOPEN_SOURCE   700 /* nftw, realpath */
#include "peers/server.h"
#include "bench.h"
#include "brokers/server_process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What is added to the directory of the benchmark: a round, the server's directory, and
 * its socket. */
#define BELOW "/round-XXXXXX/peer/.s.PGSQL.5432"

enum { LOOK_MS = 5, WAIT_SECONDS = 60, OPEN_FILES = 16 };

static struct peer_server *running; /* if the program ends early */

/* ---- who it runs as ---------------------------------------------------------------- */

/* NULL: there is none. */
static const struct passwd *humble_user(void)
{
    const struct passwd *user = getpwnam("postgres");

    return user ? user : getpwnam("nobody");
}

static bool become(const struct passwd *user)
{
    return !setgroups(0, NULL) && !setgid(user->pw_gid) && !setuid(user->pw_uid);
}

/* May that user go through this directory? Asked by a process that has become him. */
static bool may_enter(const struct passwd *user, const char *directory)
{
    pid_t child = fork();
    int status = 1;

    if (!child)
        _exit(become(user) && !access(directory, X_OK) ? 0 : 1);
    return child > 0 && waitpid(child, &status, 0) == child && !status;
}

/* The length counts because the path of a UNIX socket is at most 107 bytes long. */
const char *peer_server_missing(const char *directory, bool humble, const char *name)
{
    static char sentence[PATH_MAX + 512];
    const struct passwd *user = humble && !geteuid() ? humble_user() : NULL;
    char path[PATH_MAX];
    bool there = realpath(directory, path);

    if (!there)
        snprintf(sentence, sizeof sentence, "%s: %s", directory, strerror(errno));
    else if (strlen(path) + sizeof BELOW > PEER_PATH_SIZE)
        snprintf(sentence, sizeof sentence,
                 "the path of %s is too long for a socket below it; name a shorter one "
                 "with --directory",
                 path);
    else if (humble && !geteuid() && !user)
        snprintf(sentence, sizeof sentence,
                 "%s does not run as root, and there is neither a user postgres nor a "
                 "user nobody; run the benchmark as another user",
                 name);
    else if (user && !may_enter(user, path))
        snprintf(sentence, sizeof sentence,
                 "%s does not run as root, and the user %s may not enter %s; name a "
                 "directory that everybody may enter with --directory, or run the "
                 "benchmark as another user",
                 name, user->pw_name, path);
    else
        return NULL;
    return sentence;
}

/* ---- its directory ----------------------------------------------------------------- */

static void must(bool well, const char *what)
{
    if (!well)
        bench_die(what, strerror(errno));
}

static void copy_library(const char *directory)
{
    char path[PATH_MAX], bytes[4096];
    FILE *from = fopen(BENCH_COUNT_SYNCS, "rb"), *to;
    size_t got;

    must(from, BENCH_COUNT_SYNCS);
    snprintf(path, sizeof path, "%s/count_syncs.so", directory);
    to = fopen(path, "wb");
    must(to, path);
    while ((got = fread(bytes, 1, sizeof bytes, from)) > 0)
        must(fwrite(bytes, 1, got, to) == got, path);
    must(!ferror(from) && !fclose(to) && !chmod(path, 0755), path);
    fclose(from);
}

static void make_count(struct peer_server *server)
{
    char path[PATH_MAX];
    void *memory;
    int file;

    snprintf(path, sizeof path, "%s/syncs", server->directory);
    file = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    must(file >= 0 && !ftruncate(file, sizeof *server->syncs), path);
    memory =
        mmap(NULL, sizeof *server->syncs, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    must(memory != MAP_FAILED && !close(file), path);
    server->syncs = memory;
}

/* The folder of the round belongs to this user alone, so another one must get in. */
static void give_away(const struct peer_server *server, const char *folder)
{
    const struct passwd *user = humble_user();
    char path[PATH_MAX];

    must(user && !chmod(folder, 0711), folder);
    must(!chown(server->directory, user->pw_uid, user->pw_gid), server->directory);
    snprintf(path, sizeof path, "%s/syncs", server->directory);
    must(!chown(path, user->pw_uid, user->pw_gid), path);
}

void peer_server_prepare(struct peer_server *server, const char *path)
{
    char folder[PATH_MAX], real[PATH_MAX];
    const char *end = strrchr(path, '/');

    server->owner = getpid();
    snprintf(folder, sizeof folder, "%.*s", (int)(end ? end - path : 0), path);
    must(realpath(folder, real), folder);
    if (snprintf(server->directory, sizeof server->directory, "%s/peer", real) >=
        (int)sizeof server->directory)
        bench_die(real, "this path is too long");
    must(!mkdir(server->directory, 0700), server->directory);
    copy_library(server->directory);
    make_count(server);
    if (server->humble && !geteuid())
        give_away(server, real);
}

static int
remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about, (void)kind, (void)where;
    return remove(path);
}

void peer_server_remove(struct peer_server *server)
{
    running = NULL;
    server_end(&server->process, server->end);
    must(!nftw(server->directory, remove_one, OPEN_FILES, FTW_DEPTH | FTW_PHYS),
         server->directory);
    must(!munmap(server->syncs, sizeof *server->syncs), "munmap");
}

/* ---- its process ------------------------------------------------------------------- */

/* In the child. Another user's process forgets by which signal it ends with its parent.
 */
static void begin(void *context)
{
    const struct peer_server *server = context;

    if (chdir(server->directory))
        _exit(1);
    if (server->humble && !geteuid() && !become(humble_user()))
        _exit(1);
    if (prctl(PR_SET_PDEATHSIG, server->end) || getppid() != server->owner ||
        setenv("LD_PRELOAD", "./count_syncs.so", 1))
        _exit(1);
}

static pid_t launch(struct peer_server *server, const char *const *words)
{
    char log[PATH_MAX];

    snprintf(log, sizeof log, "%s/log", server->directory);
    return server_start(words, "/dev/null", log, begin, server);
}

static _Noreturn void die(const struct peer_server *server, const char *what)
{
    char sentence[PATH_MAX + 128];

    snprintf(sentence, sizeof sentence, "it has failed; %s/log says why",
             server->directory);
    bench_die(what, sentence);
}

void peer_server_run(struct peer_server *server, const char *const *words)
{
    pid_t child = launch(server, words);
    int status = 1;

    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (status)
        die(server, words[0]);
}

/* So that it can tidy up, and takes nothing from the machine any longer. */
static void end_early(void)
{
    if (running)
        server_end(&running->process, running->end);
}

void peer_server_start(struct peer_server *server, const char *const *words)
{
    server->process = launch(server, words);
    running = server;
    must(!atexit(end_early), "atexit");
}

void peer_server_wait(struct peer_server *server, double started)
{
    if (waitpid(server->process, NULL, WNOHANG) != 0) {
        server->process = 0;
        die(server, "a server that was started");
    }
    if (bench_now() - started > WAIT_SECONDS)
        die(server, "a server that does not answer");
    poll(NULL, 0, LOOK_MS);
}

/* ---- what it has used ---------------------------------------------------------------
 */

int64_t peer_server_syncs(const struct peer_server *server)
{
    return atomic_load(server->syncs);
}

/* In clock ticks: of a process that is that one or its child; else 0. The name of the
 * program is in brackets, and may have spaces. */
static unsigned long ticks_of(const char *number, pid_t wanted)
{
    char path[300], text[512];
    unsigned long user = 0, kernel = 0, user_ended = 0, kernel_ended = 0;
    int parent = 0;
    FILE *file;
    size_t got;
    const char *rest;

    snprintf(path, sizeof path, "/proc/%s/stat", number);
    file = fopen(path, "r");
    if (!file)
        return 0;
    got = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[got] = '\0';
    rest = strrchr(text, ')');
    if (!rest ||
        sscanf(rest, ") %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %lu %lu",
               &parent, &user, &kernel, &user_ended, &kernel_ended) != 5)
        return 0;
    if (parent != wanted && strtol(number, NULL, 10) != wanted)
        return 0;
    return user + kernel + user_ended + kernel_ended;
}

double peer_server_seconds(const struct peer_server *server)
{
    DIR *all = opendir("/proc");
    const struct dirent *entry;
    unsigned long ticks = 0;

    while (all && (entry = readdir(all)))
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
            ticks += ticks_of(entry->d_name, server->process);
    if (all)
        closedir(all);
    return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}
