/* real.h - doubles as text and back, the same in every locale. */
#ifndef JN_REAL_H
#define JN_REAL_H

#include <stdbool.h>
#include <stddef.h>

enum { JN_REAL_SIZE = 40 };

/* Rounded to the fewest digits that read back the same, always with a point or an
 * exponent: 0.1, 500.0, 1e+21. What is not finite is shown as C shows it. */
void jn_real_write(char text[JN_REAL_SIZE], double value);

/* `text` is a number as JSON has it. False if it is beyond the largest double, or over
 * a thousand characters; what is too small for a double is zero. */
bool jn_real_read(const char *text, size_t size, double *value);

#endif
