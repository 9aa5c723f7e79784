/* A box in a table's head that chooses all rows, or none. Without scripts it is not there. */

for (const all of document.querySelectorAll('input[data-chooses]')) {
    const boxes = [...all.form.querySelectorAll(`[name="${all.dataset.chooses}"]`)];

    const show = () => {
        const chosen = boxes.filter((box) => box.checked).length;
        all.checked = chosen > 0 && chosen === boxes.length;
        all.indeterminate = chosen > 0 && !all.checked;
    };

    all.addEventListener('change', () => {
        for (const box of boxes) box.checked = all.checked;
    });
    for (const box of boxes) box.addEventListener('change', show);
    show();
    all.hidden = boxes.length === 0;
}
