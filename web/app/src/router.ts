import { createRouter, createWebHistory } from 'vue-router'

// Each page is its own chunk: an agent who only answers never loads the editor.
export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', redirect: '/conversations' },
    { path: '/conversations/:id?', component: () => import('./views/Conversations.vue') },
    { path: '/bindings', component: () => import('./views/Bindings.vue') },
    { path: '/knowledge/:id?', component: () => import('./views/Knowledge.vue') },
    { path: '/curate/:tab(lessons|usage|golden|words|bulk)?', component: () => import('./views/Curate.vue') },
    { path: '/curate/:rest(.*)', redirect: '/curate' },
    { path: '/publish', component: () => import('./views/Publish.vue') },
    { path: '/reports', component: () => import('./views/Reports.vue') },
    { path: '/people', component: () => import('./views/People.vue') },
    { path: '/records', component: () => import('./views/Records.vue') },
    { path: '/setup', component: () => import('./views/SignIn.vue') },
    { path: '/:rest(.*)', redirect: '/conversations' },
  ],
})
