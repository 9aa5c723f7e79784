/* The reading desk: marks a passage, sends the panel, shows what comes back. The server renders
   text, highlights and margin; after each change it renders them anew. */

import {Card, light, marksOf} from './reading-card.js';
import {KeyboardMarking} from './reading-keyboard.js';
import {rangeOf, selectedIn} from './reading-offsets.js';
import {Panel} from './reading-panel.js';

const $ = (id) => document.getElementById(id);
const desk = $('reading');
const {sha256} = desk.dataset;

// --- The server --------------------------------------------------------------------------

/* What the server answers, or {errors} in words: also where it cannot be reached. */
async function ask(address, body) {
    let response;
    try {
        response = await fetch(address, body && {
            method: 'POST',
            body,
            // From the cookie: it is another after a new login in another window.
            headers: {'X-CSRFToken': cookie('csrftoken') || token()},
        });
    } catch {
        return refused('The server cannot be reached. Nothing is lost here: try again.');
    }
    const isAnswer = response.headers.get('Content-Type')?.startsWith('application/json');
    if (isAnswer) return response.json();
    if (response.redirected || response.status === 403) {
        return refused('You are logged out. Log in in another window, then save again here.');
    }
    return refused(`The server failed (${response.status}). Nothing was saved: try again.`);
}

const refused = (words) => ({errors: {__all__: [words]}});
const wordsOf = (errors) => Object.values(errors).flat().join(' ');
const cookie = (name) => document.cookie.match(`(?:^|; )${name}=([^;]*)`)?.[1];
const token = () => desk.querySelector('[name=csrfmiddlewaretoken]').value;

// --- What is said ------------------------------------------------------------------------

/* A line under the tools; `act` adds a button to it, `form` the way to where a draft is handed in. */
function tell(words, {act, form, isBad = false} = {}) {
    const line = document.createElement('p');
    line.className = isBad ? 'bad' : 'good';
    line.append(words);
    if (form) {
        const link = document.createElement('a');
        link.href = form;
        link.textContent = 'Open its form';
        line.append(' ', link, ' ');
    }
    if (act) line.append(buttonTo('Undo', act));
    const close = buttonTo('×', () => $('status').replaceChildren());
    close.setAttribute('aria-label', 'Dismiss');
    line.append(close);
    $('status').replaceChildren(line);
}

function buttonTo(words, act) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = words;
    button.addEventListener('click', act);
    return button;
}

let speaking;
function say(words) {
    clearTimeout(speaking);
    speaking = setTimeout(() => ($('aloud').textContent = words), 150);
}

// --- The text ----------------------------------------------------------------------------

const card = new Card($('card'));
const keyboard = $('mark-by-keyboard') && new KeyboardMarking({
    button: $('mark-by-keyboard'), text: $('text'), body: $('body'), say, cite: citeSelection,
});

/* Shows the passage that the panel is about, while the selection may be elsewhere. */
function showChosen(start, end) {
    if (!CSS.highlights) return;
    CSS.highlights.delete('chosen');
    if (!end) return;
    CSS.highlights.set('chosen', new Highlight(rangeOf($('body'), start, end)));
    document.getSelection().removeAllRanges();
}

/* After the text was rendered anew, or for the first time. */
function attach() {
    fit();
    card.attach($('body'), $('margin'));
    keyboard?.attach($('text'), $('body'));
    $('body').addEventListener('pointerup', (event) => {
        // By finger, the selection is adjusted with handles: the button cites it then.
        // A single word may be a double click, and is too short for a quotation.
        if (event.pointerType !== 'mouse') return;
        setTimeout(() => /\S\s+\S/.test(document.getSelection()) && citeSelection());
    });
    $('margin').addEventListener('click', (event) => {
        const quote = event.target.closest('.quote');
        if (quote) showInText(quote.dataset.to);
    });
    $('bounds')?.addEventListener('submit', moveBounds);
    for (const button of document.querySelectorAll('[data-bound]')) {
        button.addEventListener('click', () => setBound(button.dataset.bound));
    }
    for (const button of document.querySelectorAll('[data-move]')) {
        button.addEventListener('click', () => {
            $('bounds-box').open = true;
            $(`body_${button.dataset.move}`).focus();
        });
    }
}

function replaceMarks(html) {
    const open = [...document.querySelectorAll('#marks details[open]')].map(({id}) => id);
    const place = $('margin').scrollTop;
    card.hide(false);
    $('marks').innerHTML = html;
    for (const id of open) if ($(id)) $(id).open = true;  // unless nothing is left to fold
    $('margin').scrollTop = place;
    attach();
}

function showInText(citation) {
    const [mark] = marksOf(citation);
    mark.scrollIntoView({block: 'center'});
    card.focusOn(mark);
    light([citation]);
}

function showInMargin(citation) {
    $('margin').scrollTop = $(`citation-${citation}`).closest('.passage').offsetTop - 8;
}

/* The margin goes along with the text, unless somebody is busy in it. */
function follow() {
    const margin = $('margin');
    if (margin.matches(':hover, :focus-within')) return;
    const seen = [...document.querySelectorAll('#body mark[tabindex="0"], #body p.uncited')]
        .find((one) => one.getBoundingClientRect().top > 50);
    if ($('text').getBoundingClientRect().top > 0) {
        margin.scrollTop = 0;
    } else if (seen?.matches('mark')) {
        showInMargin(seen.dataset.citations.trim().split(' ').pop());
    } else if (seen) {
        const number = seen.id.replace('paragraph-', '');
        margin.scrollTop = margin.querySelector(`[data-paragraph="${number}"]`).offsetTop;
    }
}

/* Margin and panel end with the window, wherever the text is scrolled to. */
function fit() {
    const top = Math.max($('text').getBoundingClientRect().top, 56);
    for (const column of [$('margin'), $('panel')]) {
        const isBeside = column && getComputedStyle(column).position === 'sticky';
        if (column) column.style.maxHeight = isBeside ? `${window.innerHeight - top - 16}px` : '';
    }
}

let moving;
function moved() {
    cancelAnimationFrame(moving);
    moving = requestAnimationFrame(() => {
        fit();
        follow();
    });
}
document.addEventListener('scroll', moved, {passive: true});
window.addEventListener('resize', moved);

// --- Citing ------------------------------------------------------------------------------

let lastSelection = null;  // in the whole text: typing in a field gives the selection up

document.addEventListener('selectionchange', () => {
    const selected = selectedIn($('text'));
    if (selected) lastSelection = selected;
    const button = $('cite-selection');
    if (button) button.disabled = !selectedIn($('body'));
});

const panel = $('panel') && new Panel($('panel'), desk);

async function citeSelection() {
    const selected = selectedIn($('body'));
    if (selected) await choose({...selected, sha256});
    else tell('Select words of the article proper first.', {isBad: true});
}

let chosen = Promise.resolve();  // until the passage last marked is known, nothing is saved

/* Opens the panel for a passage: between two offsets, or found by its words. */
function choose(query) {
    const asked = ask(`${desk.dataset.passage}?${new URLSearchParams(query)}`);
    chosen = asked;
    return asked.then((answer) => chosen === asked && showPassage(answer, query));
}

function showPassage(answer, query) {
    if (answer.errors) {
        if (panel.section.hidden) tell(wordsOf(answer.errors), {isBad: true});
        else panel.say(answer.errors);
        return;
    }
    openPanel();
    if (answer.places) {
        showPlaces(answer.places);
        return;
    }
    $('places').replaceChildren();
    panel.show(answer);
    showChosen(answer.start, answer.end);
    if (!panel.section.contains(document.activeElement) || query.words) {
        $('panel-title').focus({preventScroll: true});
    }
    say(`Passage: ${answer.quote}`);
}

function openPanel() {
    panel.open();
    fit();
}

/* The words stand in several places: each can be chosen. */
function showPlaces(places) {
    $('by-words').open = true;
    $('places').replaceChildren(...places.map(({start, end, before, quote, after}) => {
        const line = document.createElement('li');
        const button = buttonTo(`…${before}`, () => choose({start, end, sha256}));
        const words = document.createElement('strong');
        words.textContent = quote;
        button.append(words, `${after}…`);
        line.append(button);
        return line;
    }));
    $('places').querySelector('button').focus();
    say(`The words stand in ${places.length} places: choose one.`);
}

async function save(event) {
    event.preventDefault();
    const button = panel.form.querySelector('[type=submit]');
    if (button.disabled) return;
    await chosen;
    const typed = new FormData(panel.form);
    typed.append('sha256', sha256);
    button.disabled = true;
    const answer = await ask(desk.dataset.cite, typed);
    button.disabled = false;
    if (answer.errors) {
        panel.say(answer.errors);
        return;
    }
    replaceMarks(answer.marks);
    panel.clear();
    panel.close();
    tell(answer.message, {act: () => undo(answer.undo), form: answer.form});
    if (answer.citation) {
        showInText(answer.citation);
        showInMargin(answer.citation);
    } else {  // only proposed: there is no highlight yet
        $('text').focus({preventScroll: true});
    }
}

async function undo(made) {
    const data = new FormData();
    data.append('undo', made);
    const answer = await ask(desk.dataset.undo, data);
    if (answer.errors) {
        tell(wordsOf(answer.errors), {isBad: true});
        return;
    }
    replaceMarks(answer.marks);
    tell(answer.message);
    $('text').focus({preventScroll: true});
}

if (panel) {
    panel.form.addEventListener('submit', save);
    panel.section.addEventListener('closed', () => {
        showChosen();
        const back = panel.opener?.isConnected && panel.opener !== document.body;
        (back ? panel.opener : $('cite-words')).focus({preventScroll: true});
    });
    // A press on the button must not take the selection away.
    $('cite-selection').addEventListener('mousedown', (event) => event.preventDefault());
    $('cite-selection').addEventListener('click', citeSelection);
    $('cite-words').addEventListener('click', () => {
        openPanel();
        $('by-words').open = true;
        $('words').focus();
    });
    $('find').addEventListener('click', () => choose({words: $('words').value}));
    $('words').addEventListener('keydown', (event) => {
        if (event.key === 'Enter' && !event.shiftKey) {
            event.preventDefault();
            $('find').click();
        }
    });
}

// --- The bounds of the body --------------------------------------------------------------

function setBound(which) {
    if (!lastSelection) return boundsErrors(refused('Select words in the text first.').errors);
    $(`body_${which}`).value = lastSelection[which];
    return boundsErrors({});
}

function boundsErrors(errors) {
    $('bounds').querySelector('.errors').textContent = wordsOf(errors);
}

async function moveBounds(event) {
    event.preventDefault();
    const answer = await ask(desk.dataset.bounds, new FormData($('bounds')));
    if (answer.errors) {
        boundsErrors(answer.errors);
        return;
    }
    replaceMarks(answer.marks);
    tell(answer.message);
    $('bounds-box').querySelector('summary').focus({preventScroll: true});
}

attach();
// Until here a press would have been lost: on a slow line the page stands before its script.
for (const name of ['mark-by-keyboard', 'cite-words']) {
    if ($(name)) $(name).disabled = false;
}
