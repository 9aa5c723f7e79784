'use strict';
/* What the boxes lack that select2 puts in place of selects: the names of the selects' labels,
   their focus, and patience, so that Enter takes no result of what was typed before. */
{
    const labelOf = (select) => {
        const cell = select.closest('td');
        const heading = cell?.closest('table').querySelectorAll('thead th')[cell.cellIndex];
        return document.querySelector(`label[for="${select.id}"]`) || heading;
    };
    const nameBoxes = (root) => {
        for (const select of root.querySelectorAll('select.admin-autocomplete')) {
            const box = select.nextElementSibling?.querySelector('.select2-selection');
            const label = labelOf(select);
            if (box && label) {
                label.id ||= `${select.id}_label`;
                const chosen = box.querySelector('.select2-selection__rendered');
                chosen.setAttribute('aria-labelledby', label.id);
                box.setAttribute('aria-labelledby', `${label.id} ${chosen.id}`);
            }
        }
    };
    // Both run after the admin's own scripts have made the boxes: those came first.
    window.django?.jQuery?.(() => {
        nameBoxes(document);
        // A new record is begun in its first field; where that is a box, the select has gone.
        if (document.activeElement.matches('select.admin-autocomplete')) {
            document.activeElement.nextElementSibling.querySelector('.select2-selection').focus();
        }
    });
    document.addEventListener('formset:added', (event) => nameBoxes(event.target));
    document.addEventListener('input', (event) => {
        if (event.target.matches('.select2-search__field')) {
            document.querySelector('.select2-results__option--highlighted')
                ?.classList.remove('select2-results__option--highlighted');
        }
    });
}
