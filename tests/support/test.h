/* test.h - cmocka, with what it wants before it, and little more. */
#ifndef TEST_H
#define TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jangle/result.h>

/* assert_result(jangle_send(...), JANGLE_OK) prints names, not numbers. */
#define assert_result(result, expected)                                                  \
    assert_string_equal(jangle_result_name(result), jangle_result_name(expected))

#endif
