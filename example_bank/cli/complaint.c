/* complaint.c - how the program says that something is wrong. */
#include "cli/complaint.h"

#include <stdarg.h>
#include <stdio.h>

int bank_complain(const char *format, ...)
{
    va_list values;

    fputs("bank: ", stderr);
    va_start(values, format);
    vfprintf(stderr, format, values);
    va_end(values);
    fputc('\n', stderr);
    return 1;
}
