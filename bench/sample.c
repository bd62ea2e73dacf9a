/* sample.c - one round of one row: done in this process, or read from what another one
 * printed. */
#define _XOPEN_SOURCE 700 /* sync */
#include "sample.h"
#include "machine.h"
#include "verify.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifdef __has_include
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#endif
#endif

/* Callgrind counts what is between two of these. Elsewhere they do nothing. */
static void toggle_collection(void)
{
#ifdef CALLGRIND_TOGGLE_COLLECT
    CALLGRIND_TOGGLE_COLLECT;
#endif
}

double bench_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void bench_die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why ? why : "it failed");
    exit(1);
}

void *bench_new(size_t bytes)
{
    void *memory = calloc(1, bytes);

    if (!memory)
        bench_die("bench", "there is too little memory");
    return memory;
}

int64_t bench_counted(const struct bench_row *row)
{
    return row->kind == BENCH_FIXED ? row->count : row->counted;
}

int64_t bench_prepared(const struct bench_work *work, int64_t full)
{
    if (work->room)
        return work->room;
    return work->seconds < 1 ? (int64_t)(work->seconds * (double)full) + 1 : full;
}

/* ---- here -------------------------------------------------------------------- */

static void remove_folder(const char *folder)
{
    char path[PATH_MAX];
    struct dirent *entry;
    DIR *open = opendir(folder);

    if (!open)
        bench_die(folder, strerror(errno));
    while ((entry = readdir(open))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        if (snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >=
                (int)sizeof path ||
            unlink(path))
            bench_die(entry->d_name, "this file of a round cannot be removed");
    }
    closedir(open);
    if (rmdir(folder))
        bench_die(folder, strerror(errno));
}

static int64_t size_of(const char *path)
{
    struct stat file;

    if (!stat(path, &file))
        return file.st_size;
    if (errno != ENOENT)
        bench_die(path, strerror(errno));
    return 0;
}

double bench_processor(void)
{
    struct rusage used;

    if (getrusage(RUSAGE_SELF, &used))
        bench_die("getrusage", strerror(errno));
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* A row that has other processes do the work has set their seconds already. */
static void run(struct bench_work *work)
{
    int64_t syncs = bench_syncs(), written = machine_written();
    struct machine_time time = machine_time();
    double processor = bench_processor();
    double started = bench_now();

    toggle_collection();
    work->row->run(work);
    toggle_collection();
    if (!(work->sample.seconds > 0))
        work->sample.seconds = bench_now() - started;
    work->sample.syncs += bench_syncs() - syncs;
    if (!(work->sample.processor > 0))
        work->sample.processor = bench_processor() - processor;
    work->sample.written = machine_written() - written;
    work->sample.stolen = machine_stolen(&time);
}

/* What a set-up without syncs has written must not burden the first ones of the run. */
static void settle_file(const char *path, const char *end)
{
    char name[PATH_MAX];
    int file;

    snprintf(name, sizeof name, "%s%s", path, end);
    file = open(name, O_RDWR);
    if (file < 0 && errno == ENOENT)
        return;
    if (file < 0 || fsync(file))
        bench_die(name, strerror(errno));
    close(file);
}

void bench_settle(const char *path)
{
    settle_file(path, "");
    settle_file(path, "-wal");
}

/* A broker shares the disk with what the set-up has written, and would wait for it. */
static void settle_disk(const struct bench_work *work)
{
    if (work->row->kind == BENCH_MESSAGES)
        sync();
    if (!work->row->set)
        return;
    bench_sync_as(SYNC_REAL);
    bench_settle(work->path);
}

static void set_up(struct bench_work *work)
{
    if (work->row->set)
        bench_sync_as(SYNC_NONE);
    work->row->set_up(work);
    settle_disk(work);
    bench_sync_for_run();
}

static const struct bench_sample fresh = {.share = 1, .hits = -1};

/* What the first operations meet, such as statements that are not compiled yet, is no
 * part of the round. */
static void warm(struct bench_work *work)
{
    double seconds = work->seconds;

    if (!work->row->warm)
        return;
    work->seconds = seconds / 5;
    work->row->run(work);
    bench_sync_for_run();
    work->seconds = seconds;
    work->sample = fresh;
}

static void verify(const struct bench_work *work)
{
    const char *fault = work->stored ? verify_events(work->path, work->stored) : NULL;

    if (fault)
        bench_die(work->row->name, fault);
}

struct bench_sample bench_sample_take(const struct bench_request *request)
{
    char folder[PATH_MAX - 16], path[PATH_MAX];
    struct bench_work work = {
        .row = request->row,
        .path = path,
        .seconds = request->seconds,
        .count = request->operations ? request->operations : request->row->count,
        .sample = fresh,
        .room = request->row->kind == BENCH_RATE && !request->operations
                    ? 0
                    : 2 * bench_counted(request->row),
    };

    if (snprintf(folder, sizeof folder, "%s/round-XXXXXX", request->directory) >=
        (int)sizeof folder)
        bench_die(request->directory, "this path is too long");
    if (!mkdtemp(folder))
        bench_die(folder, strerror(errno));
    snprintf(path, sizeof path, "%s/bench.db", folder);
    set_up(&work);
    warm(&work);
    run(&work);
    request->row->tear_down(&work);
    if (work.sample.count < 1)
        bench_die(request->row->name, "not one operation was done in the time given");
    work.sample.bytes = size_of(path);
    verify(&work);
    remove_folder(folder);
    return work.sample;
}

/* ---- printed, and read ------------------------------------------------------- */

static const struct field {
    const char *name;
    size_t offset;
    bool whole; /* an int64_t, not a double */
} fields[] = {
    {"count", offsetof(struct bench_sample, count), true},
    {"syncs", offsetof(struct bench_sample, syncs), true},
    {"bytes", offsetof(struct bench_sample, bytes), true},
    {"seconds", offsetof(struct bench_sample, seconds), false},
    {"longest", offsetof(struct bench_sample, longest), false},
    {"share", offsetof(struct bench_sample, share), false},
    {"processor", offsetof(struct bench_sample, processor), false},
    {"typical", offsetof(struct bench_sample, typical), false},
    {"rare", offsetof(struct bench_sample, rare), false},
    {"rarest", offsetof(struct bench_sample, rarest), false},
    {"fairness", offsetof(struct bench_sample, fairness), false},
    {"hits", offsetof(struct bench_sample, hits), false},
    {"stolen", offsetof(struct bench_sample, stolen), false},
    {"value", offsetof(struct bench_sample, value), false},
    {"written", offsetof(struct bench_sample, written), true},
};

enum { FIELDS = sizeof fields / sizeof *fields };

void bench_sample_print(const struct bench_sample *sample)
{
    for (int i = 0; i < FIELDS; i++) {
        const char *at = (const char *)sample + fields[i].offset;
        int64_t whole;
        double number;

        memcpy(&whole, at, sizeof whole);
        memcpy(&number, at, sizeof number);
        printf("%s %.17g\n", fields[i].name, fields[i].whole ? (double)whole : number);
    }
}

static void set_field(struct bench_sample *sample, const char *name, double number)
{
    for (int i = 0; i < FIELDS; i++) {
        char *at = (char *)sample + fields[i].offset;
        int64_t whole = fields[i].whole ? (int64_t)number : 0;

        if (strcmp(fields[i].name, name) != 0)
            continue;
        if (fields[i].whole)
            memcpy(at, &whole, sizeof whole);
        else
            memcpy(at, &number, sizeof number);
    }
}

bool bench_sample_parse(const char *text, struct bench_sample *sample)
{
    char name[32];
    double number;
    int length;

    *sample = fresh;
    while (sscanf(text, "%31s %lf%n", name, &number, &length) == 2) {
        set_field(sample, name, number);
        text += length;
    }
    return sample->count > 0 && sample->seconds > 0;
}
