/* number.h - doubles as text and back, the same in every locale. */
#ifndef JN_NUMBER_H
#define JN_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

enum { JN_NUMBER_SIZE = 40 };

/* Rounded to the fewest digits that read back the same, always with a point or an
 * exponent: 0.1, 500.0, 1e+21. What is not finite is shown as C shows it. */
void jn_number_write(char text[JN_NUMBER_SIZE], double value);

/* `text` is a number as JSON has it. False if it is beyond the largest double, or over
 * a thousand characters; what is too small for a double is zero. */
bool jn_number_read(const char *text, size_t size, double *value);

#endif
