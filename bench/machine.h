/* machine.h - what the figures of this benchmark depend on, beside the code. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

enum { PROCESSOR_SIZE = 128 };

/* The model of the processors. */
void machine_processor(char text[PROCESSOR_SIZE]);

/* The kind of file system that this directory is on, a static text. */
const char *machine_file_system(const char *directory);

/* How this program was built: a build type of CMake's. */
const char *machine_build(void);

/* Print all of it in a few lines. */
void machine_print(const char *directory);

#endif
