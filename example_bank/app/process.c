/* process.c - what belongs to the whole process, and so to the program. */
#include "app/process.h"

#include <sqlite3.h>
#include <stddef.h>

/* As many pages as one command reads when its account is not in memory and has a hundred
 * events: 440 kB for each connection. */
enum { KEPT_PAGES = 100 };

/* Whatever SQLite answers, the bank works. */
void bank_set_up_process(void)
{
    /* Nobody asks how much memory SQLite has taken. To count it, all threads take one
     * mutex at each call of malloc and free. */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    /* A connection that reads drops its pages when another one has committed. So many
     * stay its own then, and are not given to the system and taken back again. */
    (void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, KEPT_PAGES);
}
