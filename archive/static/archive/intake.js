/* A capture before it is saved: its bounds from a selection, and what lies outside dimmed; and
   the outlet that printed a reprint first, with one press. All of it can be typed as well. */

import {selectedIn} from './reading-offsets.js';

const capture = document.getElementById('capture');
const bounds = {
    start: document.getElementById('id_body_start'),
    end: document.getElementById('id_body_end'),
};

function dim() {
    const start = Number(bounds.start.value);
    const end = Number(bounds.end.value || Infinity);
    for (const line of capture.querySelectorAll('.line')) {
        const words = line.querySelector('p');
        const first = Number(words.dataset.start);
        const last = first + [...words.textContent].length;
        line.classList.toggle('furniture', first >= end || last <= start);
    }
}

for (const button of document.querySelectorAll('[data-bound]')) {
    button.addEventListener('click', () => {
        const selected = selectedIn(capture);
        const status = document.getElementById('bound-status');
        if (!selected) {
            status.textContent = 'Select words in the capture first.';
            return;
        }
        const place = selected[button.dataset.bound];
        bounds[button.dataset.bound].value = place;
        status.textContent = button.dataset.bound === 'start'
            ? `The body begins at ${place}.`
            : `The body ends at ${place}.`;
        dim();
    });
}
for (const field of Object.values(bounds)) field.addEventListener('input', dim);

for (const button of document.querySelectorAll('[data-first-published-by]')) {
    button.addEventListener('click', () => {
        const select = document.getElementById('id_first_published_by');
        const {firstPublishedBy: key, name} = button.dataset;
        if (!select.querySelector(`option[value="${key}"]`)) select.append(new Option(name, key));
        select.value = key;
        django.jQuery(select).trigger('change'); // the box that stands for it is select2's
        document.getElementById('first-status').textContent = `First published by: ${name}.`;
    });
}

// Until here a press would have been lost: on a slow line the page stands before its script.
for (const button of document.querySelectorAll('[data-bound], [data-first-published-by]')) {
    button.disabled = false;
}
