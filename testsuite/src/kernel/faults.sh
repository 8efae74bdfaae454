# A fault at $place, which the kernel must report as $report.
insmod /cervus.ko; verdict insmod $?
echo "cervus-vm: expect $report" >/dev/kmsg
out=$(client fault /images/fspin.cvi $place 2>&1)
echo "$out" | quote
sleep 1
echo "cervus-vm: expected" >/dev/kmsg
echo "$out" | grep -q '^as documented'; verdict "a fault at $place: others get ENODEV or go on, closes return" $?
if [ $place = code ]; then
    # The device lives, but the task that oopsed has taken its reference to the file along.
    verdict 'the module is not asked to go' 0
else
    out=$(rmmod cervus 2>&1); echo "$out" | quote
    grep -q ^cervus /proc/modules; verdict 'the module cannot be unloaded' $?
fi
