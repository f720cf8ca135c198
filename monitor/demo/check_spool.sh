#!/bin/sh
# How many documents wait in a folder, for a Nagios-compatible monitor: check_spool.sh FOLDER WARN CRITICAL
waiting=$(find "$1" -type f | wc -l) || exit 3
perfdata="waiting=$((waiting));$2;$3;0"
[ "$waiting" -le "$3" ] || { echo "CRITICAL - $((waiting)) documents wait, at most $3 may | $perfdata"; exit 2; }
[ "$waiting" -le "$2" ] || { echo "WARNING - $((waiting)) documents wait, more than $2 | $perfdata"; exit 1; }
echo "OK - $((waiting)) documents wait | $perfdata"
