/* crowd.c - threads that repeat one operation: as fast as they can, or when each is due.
 */
#include "crowd.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct walker {
    pthread_t thread;
    const struct crowd *crowd;
    pthread_barrier_t *start;
    struct crowd_member member;
    double seconds; /* how long it was at work */
    float *times;   /* what each operation took, in seconds */
    size_t time_count, time_room;
};

int64_t crowd_draw(struct crowd_member *member, int64_t below)
{
    uint64_t x = member->random;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    member->random = x;
    return (int64_t)((x >> 11) % (uint64_t)below);
}

static void note_time(struct walker *walker, double seconds)
{
    if (walker->time_count == walker->time_room) {
        walker->time_room = walker->time_room ? 2 * walker->time_room : 4096;
        walker->times = realloc(walker->times, walker->time_room * sizeof *walker->times);
        if (!walker->times)
            bench_die("bench", "there is too little memory");
    }
    walker->times[walker->time_count++] = (float)seconds;
}

static void sleep_until(double moment)
{
    struct timespec until = {.tv_sec = (time_t)moment};

    until.tv_nsec = (long)((moment - (double)until.tv_sec) * 1e9);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL))
        ;
}

/* `due` is the moment from which its time is counted. */
static void act(struct walker *walker, double due)
{
    int64_t mark = bench_syncs_begun();

    walker->crowd->act(walker->crowd->context, &walker->member);
    walker->member.count++;
    if (!walker->crowd->unsynced && !bench_synced_since(mark))
        bench_die("an answer", "it came before a sync that began after its question");
    note_time(walker, bench_now() - due);
}

static void act_at_once(struct walker *walker, double started)
{
    double now = started;

    while (now - started < walker->crowd->seconds) {
        act(walker, now);
        now = bench_now();
    }
}

/* Operation number i of all is due at i / rate, and thread number i modulo their count
 * does it, so that an operation which is late makes no later one due later. */
static void act_when_due(struct walker *walker, double started)
{
    const struct crowd *crowd = walker->crowd;
    double due = walker->member.number / crowd->rate;

    for (; due < crowd->seconds; due += crowd->threads / crowd->rate) {
        if (bench_now() < started + due)
            sleep_until(started + due);
        act(walker, started + due);
    }
}

static void *walk(void *context)
{
    struct walker *walker = context;
    double started;

    pthread_barrier_wait(walker->start);
    started = bench_now();
    if (walker->crowd->rate > 0)
        act_when_due(walker, started);
    else
        act_at_once(walker, started);
    walker->seconds = bench_now() - started;
    return NULL;
}

/* ---- what they did ----------------------------------------------------------- */

static int ascending(const void *left, const void *right)
{
    float a = *(const float *)left, b = *(const float *)right;

    return (a > b) - (a < b);
}

static void
add_times(const struct walker *walkers, int count, struct bench_sample *sample)
{
    size_t all = 0, at = 0;
    float *times;

    for (int i = 0; i < count; i++)
        all += walkers[i].time_count;
    if (!all)
        return;
    times = bench_new(all * sizeof *times);
    for (int i = 0; i < count; i++) {
        if (walkers[i].time_count)
            memcpy(times + at, walkers[i].times, walkers[i].time_count * sizeof *times);
        at += walkers[i].time_count;
    }
    qsort(times, all, sizeof *times, ascending);
    sample->typical = times[all / 2];
    sample->rare = times[all * 99 / 100];
    sample->rarest = times[all * 999 / 1000];
    sample->longest = times[all - 1];
    free(times);
}

static void
add_counts(const struct walker *walkers, int count, struct bench_sample *sample)
{
    int64_t least = INT64_MAX, most = 1;

    for (int i = 0; i < count; i++) {
        int64_t done = walkers[i].member.count;

        sample->count += done;
        least = done < least ? done : least;
        most = done > most ? done : most;
        if (walkers[i].seconds > sample->seconds)
            sample->seconds = walkers[i].seconds;
    }
    sample->fairness = (double)least / (double)most;
}

void crowd_run(const struct crowd *crowd, struct bench_sample *sample)
{
    struct walker *walkers;
    pthread_barrier_t start;
    int count = crowd->threads;

    if (count < 1 || count > CROWD_MAX)
        bench_die("crowd", "it has 1 to 64 threads");
    if (pthread_barrier_init(&start, NULL, (unsigned)count))
        bench_die("crowd", "there is no barrier for its threads");
    walkers = bench_new((size_t)count * sizeof *walkers);
    for (int i = 0; i < count; i++) {
        walkers[i] = (struct walker){
            .crowd = crowd,
            .start = &start,
            .member = {.number = i,
                       .random = UINT64_C(0x9e3779b97f4a7c15) * (uint64_t)(i + 1)}};
        if (pthread_create(&walkers[i].thread, NULL, walk, &walkers[i]))
            bench_die("crowd", "this machine starts too few threads");
    }
    for (int i = 0; i < count; i++)
        if (pthread_join(walkers[i].thread, NULL))
            bench_die("crowd", "a thread cannot be waited for");
    add_counts(walkers, count, sample);
    add_times(walkers, count, sample);
    for (int i = 0; i < count; i++)
        free(walkers[i].times);
    free(walkers);
    pthread_barrier_destroy(&start);
}

int64_t crowd_run_when_due(const struct crowd *crowd, struct bench_sample *sample)
{
    static const double part = 0.7;
    struct bench_sample fastest = {0};
    struct crowd other = *crowd;

    other.seconds = crowd->seconds / 2;
    crowd_run(&other, &fastest);
    other.seconds = crowd->seconds;
    other.rate = part * (double)fastest.count / fastest.seconds;
    crowd_run(&other, sample);
    return fastest.count;
}
