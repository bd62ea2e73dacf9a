/* print_settings.c - prints the table of settings that docs/operations.md holds. */
#include "core/config.h"

int main(void)
{
    return jn_config_describe(stdout) ? 0 : 1;
}
