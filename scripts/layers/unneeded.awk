# unneeded.awk - the last of a run: an exception that nothing needs is an error, too.

END {
    for (what in excepted)
        if (!(what in needed))
            report("scripts/check-layers: nothing needs this line any more: " what)
    exit bad
}
