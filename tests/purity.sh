#!/bin/sh
# Asks the linker, since comments fool grep: proto and libgrid have no clock, randomness, socket,
# thread or environment of their own, and never end the process.
#   sh tests/purity.sh LIBRARY.a…
set -eu

forbidden='time clock clock_gettime gettimeofday timespec_get localtime localtime_r mktime
    rand srand rand_r random srandom drand48 getrandom getentropy arc4random RAND_bytes RAND_priv_bytes
    socket connect bind listen accept send recv sendto recvfrom poll select epoll_wait
    getenv secure_getenv setenv abort exit _exit quick_exit
    sleep usleep nanosleep clock_nanosleep fork execve system popen pthread_create
    malloc calloc realloc strdup'

status=0
for library in "$@"; do
    # 32-bit builds with 64-bit time import __time64 for time
    found=$(nm -u "$library" | awk -v list="$forbidden" '
        BEGIN { count = split(list, names); for (i = 1; i <= count; i++) bad[names[i]] = 1 }
        NF == 1 && /:$/ { object = $1; next }
        $1 == "U" {
            name = $2
            sub(/@.*/, "", name)
            plain = name
            sub(/^__/, "", plain)
            sub(/64$/, "", plain)
            if (name in bad || plain in bad)
                print "    " object " " name
        }')
    # heap.c is where the allocator of the system is named
    found=$(printf '%s\n' "$found" | grep -Ev 'heap\.c\.o: (malloc|calloc|realloc)$' || true)
    if [ -n "$found" ]; then
        echo "$(basename "$library") imports what must be handed in:"
        echo "$found"
        status=1
    fi
done
exit $status
