# A fault at $place, which the kernel must report as $report.
insmod /cervus.ko; verdict insmod $?
echo "cervus-vm: expect $report" >/dev/kmsg
out=$(client fault /images/fspin.cvi $place 2>&1)
echo "$out" | quote
sleep 1
echo "cervus-vm: expected" >/dev/kmsg
echo "$out" | grep -q '^as documented'; verdict "a fault at $place: others get ENODEV or go on, closes return" $?
if [ $place = code ]; then
    dmesg | grep '#PF:' | quote
    dmesg | grep -q 'error_code(0x0003) - permissions violation'; verdict 'the write was to a page that may be read' $?
else
    out=$(rmmod cervus 2>&1); echo "$out" | quote
    grep -q ^cervus /proc/modules; verdict 'the module cannot be unloaded' $?
fi
