/* machine.h - what the figures of this benchmark depend on, beside the code. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <stdint.h>

enum { PROCESSOR_SIZE = 128 };

/* The model of the processors. */
void machine_processor(char text[PROCESSOR_SIZE]);

/* The kind of file system that this directory is on, a static text. */
const char *machine_file_system(const char *directory);

/* How this program was built: a build type of CMake's. */
const char *machine_build(void);

/* Bytes that this process has written to files since it began; 0: the kernel does not
 * say. */
int64_t machine_written(void);

/* What all processors have done since the machine started, in ticks. */
struct machine_time {
    double all, stolen;
};

struct machine_time machine_time(void);

/* The part of the time since then that a host took for other machines. */
double machine_stolen(const struct machine_time *before);

/* Print all of it in a few lines. */
void machine_print(const char *directory);

#endif
