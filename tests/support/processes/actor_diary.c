/* actor_diary.c - what the handlers of all actors did, in order. */
#include "support/processes/actor.h"
#include "support/temp_directory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { DIARY_EVENTS = 100000, DIARY_WRITERS = 16 };

struct reading {
    struct diary diary;
    int *handled; /* one an event */
    pid_t writers[DIARY_WRITERS];
    pid_t inside; /* 0: nobody is */
    int64_t last;
};

static bool is_dead(pid_t process, const pid_t *dead, size_t dead_count)
{
    for (size_t i = 0; i < dead_count; i++)
        if (dead[i] == process)
            return true;
    return false;
}

static void note_writer(struct reading *reading, pid_t process)
{
    for (int i = 0; i < reading->diary.writers; i++)
        if (reading->writers[i] == process)
            return;
    assert_true(reading->diary.writers < DIARY_WRITERS);
    reading->writers[reading->diary.writers++] = process;
}

static void note_line(struct reading *reading, char what, int64_t position, pid_t process)
{
    struct diary *diary = &reading->diary;

    assert_true(position > 0 && position < DIARY_EVENTS);
    note_writer(reading, process);
    if (what == 'b') {
        diary->begun++;
        diary->steps_back += position <= reading->last;
        reading->last = position;
        diary->overlaps += reading->inside != 0;
        reading->inside = process;
        return;
    }
    diary->ended++;
    diary->overlaps += reading->inside != process;
    reading->inside = 0;
    diary->events += reading->handled[position] == 0;
    diary->repeated += reading->handled[position]++ == 1;
}

struct diary actor_read_diary(const char *directory, const pid_t *dead, size_t dead_count)
{
    struct reading reading = {.handled = calloc(DIARY_EVENTS, sizeof(int))};
    char path[TEMP_PATH_SIZE], what;
    int64_t position;
    int process;
    FILE *file;

    temp_directory_path(path, directory, "diary");
    file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(reading.handled);
    while (fscanf(file, " %c %" SCNd64 " %d", &what, &position, &process) == 3) {
        if (is_dead(reading.inside, dead, dead_count) && reading.inside != process)
            reading.inside = 0;
        note_line(&reading, what, position, process);
    }
    fclose(file);
    free(reading.handled);
    return reading.diary;
}
